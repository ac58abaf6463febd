from ruche import errors


def test_the_docstring_is_the_sentence_with_the_facts_filled_in():
    assert (
        errors.NotFound(thing="image").sentence == "There is no such image here, or it is not yours to see."
    )


def test_the_code_is_the_name_in_snake_case():
    assert errors.LinkSpent().code == "link_spent"


def test_bad_input_takes_code_and_field_from_its_first_fault():
    error = errors.BadInput.at("name", "name_taken", "That name is taken; choose another.")
    assert (error.code, error.field, error.sentence) == (
        "name_taken",
        "name",
        "That name is taken; choose another.",
    )


def test_a_fact_with_braces_is_told_as_it_is():
    assert "{x}" in errors.UnknownModel("{x}").sentence
