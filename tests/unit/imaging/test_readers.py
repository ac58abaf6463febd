"""Four dialects, built as their tools write them, and hostile ones."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sd_parsers import ParserManager

from ruche import recipe
from ruche.imaging import exif, readers
from tests.unit.imaging.pictures import png_with, saved, slope

A1111 = (
    "a lighthouse at dusk, <lora:harbour:0.8>\n"
    "Negative prompt: fog, blur\n"
    "Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 965400086, "
    'Size: 512x768, Model hash: 45dee52bcd, Model: coast_v2, Lora hashes: "harbour: 0a1b2c", '
    "Version: v1.10.1"
)
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 156680208700286,
            "steps": 20,
            "cfg": 8,
            "sampler_name": "dpmpp_2m",
            "scheduler": "karras",
            "denoise": 1,
            "model": ["10", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "coast_v2.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["11", 0], "clip": ["10", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
    "10": {
        "class_type": "LoraLoader",
        "inputs": {
            "lora_name": "harbour.safetensors",
            "strength_model": 0.8,
            "strength_clip": 1,
            "model": ["4", 0],
            "clip": ["4", 1],
        },
    },
    "11": {"class_type": "PrimitiveString", "inputs": {"value": "a lighthouse at dusk"}},
}
COMFY_PLAIN = {
    **COMFY,
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse", "clip": ["10", 1]}},
}
COMFY_CUSTOM = {
    "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flow.safetensors", "weight_dtype": "default"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse", "clip": ["9", 0]}},
    "3": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["2", 0]}},
    "4": {"class_type": "BasicGuider", "inputs": {"model": ["1", 0], "conditioning": ["3", 0]}},
    "5": {"class_type": "RandomNoise", "inputs": {"noise_seed": 42}},
    "6": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "7": {
        "class_type": "BasicScheduler",
        "inputs": {"scheduler": "simple", "steps": 12, "denoise": 1, "model": ["1", 0]},
    },
    "8": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 640, "batch_size": 1}},
    "10": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {
            "noise": ["5", 0],
            "guider": ["4", 0],
            "sampler": ["6", 0],
            "sigmas": ["7", 0],
            "latent_image": ["8", 0],
        },
    },
}
INVOKE = {
    "generation_mode": "txt2img",
    "positive_prompt": "a lighthouse at dusk",
    "negative_prompt": "fog",
    "width": 512,
    "height": 768,
    "seed": 2647253,
    "rand_device": "cpu",
    "cfg_scale": 7.5,
    "steps": 30,
    "scheduler": "dpmpp_2m_k",
    "model": {"key": "8a", "hash": "blake3:0", "name": "coast_v2", "base": "sd-1", "type": "main"},
    "loras": [{"model": {"name": "harbour"}, "weight": 0.8}],
    "app_version": "5.6.0",
}
SWARM = {
    "sui_image_params": {
        "prompt": "a lighthouse at dusk",
        "model": "coast/coast_v2",
        "seed": 1,
        "steps": "20.0",
        "cfgscale": 7.0,
        "aspectratio": "1:1",
        "width": 1024,
        "height": 1024,
        "sampler": "euler_ancestral",
        "scheduler": "karras",
        "negativeprompt": "fog",
        "swarm_version": "0.9.3.1",
    },
    "sui_extra_data": {"date": "2024-11-13"},
    "sui_models": [{"name": "coast_v2.safetensors", "param": "model", "hash": "0x1234"}],
}


def read(texts):
    found = readers.read(png_with(texts))
    assert found is not None
    return found


def test_automatic1111_is_read():
    found = read({"parameters": A1111})
    assert found.dialect == "automatic1111"
    assert found.wish() == {
        "prompt": "a lighthouse at dusk, <lora:harbour:0.8>",
        "negative_prompt": "fog, blur",
        "model": "coast_v2",
        "width": 512,
        "height": 768,
        "steps": 30,
        "guidance": 7.5,
        "sampler": "DPM++ 2M Karras",
        "seed": 965400086,
    }
    assert found.raw["Lora hashes"] == "harbour: 0a1b2c"
    assert found.raw["Version"] == "v1.10.1"


def test_comfyui_is_read_from_its_sampler_backwards():
    found = read({"prompt": COMFY, "workflow": {"nodes": [], "links": []}})
    assert found.dialect == "comfyui"
    assert found.wish() == {
        "prompt": "a lighthouse at dusk",
        "negative_prompt": "fog",
        "model": "coast_v2.safetensors",
        "width": 512,
        "height": 768,
        "steps": 20,
        "guidance": 8,
        "sampler": "DPM++ 2M Karras",
        "seed": 156680208700286,
    }
    assert json.loads(found.raw["prompt"]) == COMFY


def test_comfyui_with_a_sampler_in_parts_is_read():
    found = read({"prompt": COMFY_CUSTOM})
    assert (found.prompt, found.negative_prompt, found.model) == ("a lighthouse", "", "flow.safetensors")
    assert (found.steps, found.seed, found.guidance) == (12, 42, 3.5)
    assert (found.width, found.height, found.sampler) == (1024, 640, "Euler")


def test_comfyui_with_a_second_pass_is_read_from_the_first():
    second = {
        **COMFY["3"]["inputs"],
        "denoise": 0.4,
        "steps": 9,
        "latent_image": ["3", 0],
    }
    found = read({"prompt": {"1": {"class_type": "KSampler", "inputs": second}, **COMFY}})
    assert found.steps == 20


def test_an_emptied_conditioning_is_no_negative_prompt():
    graph = {
        **COMFY,
        "7": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["6", 0]}},
    }
    assert read({"prompt": graph}).negative_prompt == ""


def test_comfyui_webp_keeps_its_graphs_in_exif():
    tags = {0x0110: f"prompt:{json.dumps(COMFY)}", 0x010F: 'workflow:{"nodes": []}'}
    block = Image.Exif()
    block.update(tags)
    found = readers.read(saved(slope(), "WEBP", exif=block))
    assert found is not None
    assert (found.dialect, found.prompt) == ("comfyui", "a lighthouse at dusk")
    assert set(found.raw) == {"prompt", "workflow"}


def test_invokeai_is_read():
    found = read({"invokeai_metadata": INVOKE, "invokeai_graph": {"id": "x"}})
    assert found.dialect == "invokeai"
    assert found.wish() == {
        "prompt": "a lighthouse at dusk",
        "negative_prompt": "fog",
        "model": "coast_v2",
        "width": 512,
        "height": 768,
        "steps": 30,
        "guidance": 7.5,
        "sampler": "DPM++ 2M Karras",
        "seed": 2647253,
    }


def test_an_older_invokeai_names_its_model_otherwise():
    older = {**INVOKE, "model": {"model_name": "coast", "base_model": "sd-1", "model_type": "main"}}
    assert read({"invokeai_metadata": older}).model == "coast"


def test_swarmui_is_read_though_it_shares_automatic1111s_keyword():
    found = read({"parameters": SWARM})
    assert found.dialect == "swarmui"
    assert found.wish() == {
        "prompt": "a lighthouse at dusk",
        "negative_prompt": "fog",
        "model": "coast/coast_v2",
        "width": 1024,
        "height": 1024,
        "steps": 20,
        "guidance": 7.0,
        "sampler": "Euler a Karras",
        "seed": 1,
    }


def test_swarmui_in_a_jpeg_is_read_from_the_user_comment():
    data = saved(slope(), "JPEG", exif=b"Exif\0\0" + exif.comment(json.dumps(SWARM, indent=2)))
    found = readers.read(data)
    assert found is not None
    assert (found.dialect, found.seed) == ("swarmui", 1)


def test_a_prompt_that_begins_with_a_brace_is_not_taken_for_json():
    found = read({"parameters": '{"sui_image_params": {"seed": 1}} and more\n' + A1111.split("\n", 1)[1]})
    assert found.dialect == "automatic1111"
    assert found.prompt.startswith("{")


def test_our_own_chunk_counts_before_all_others():
    own = {"version": 1, "recipe": recipe.Recipe(prompt="a bee", seed=3).as_dict()}
    found = read({"parameters": A1111, "prompt": COMFY, "ruche": own})
    assert (found.dialect, found.prompt, found.seed) == ("ruche", "a bee", 3)


@pytest.mark.parametrize("own", ["", "{", "[]", "null", '{"recipe": 3}', '{"recipe": {}}'])
def test_a_broken_chunk_of_ours_leaves_the_others_their_say(own):
    assert read({"ruche": own, "parameters": A1111}).dialect == "automatic1111"


def test_a_file_that_says_nothing_gives_nothing():
    assert readers.read(saved(slope())) is None
    assert readers.of_texts({"Comment": "a holiday"}) is None
    assert readers.of_texts({"parameters": "just words"}) is None


HOSTILE = [
    '{"a":' * 100_000,
    "[" * 100_000,
    "{" + '"a":{' * 500 + "}" * 501,
    '{"seed": ' + "9" * 5000 + "}",
    '{"sui_image_params": {"seed": 1e999, "steps": NaN, "width": [1], "prompt": {"a": 1}}}',
    '{"sui_image_params": {"prompt": "\\ud800 half", "model": null, "cfgscale": "1e400"}}',
    '{"positive_prompt": 7, "model": "text", "scheduler": {}, "seed": true}',
    '{"3": {"inputs": {"seed": ["3", 0], "positive": ["3", 0], "model": ["3", 0]}}}',
    '{"3": {"inputs": {"seed": 1, "positive": [[[]], 0], "latent_image": {}}}, "4": 5, "5": {"inputs": []}}',
]


@pytest.mark.parametrize("keyword", ["parameters", "prompt", "workflow", "invokeai_metadata", "ruche"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_json_gives_what_is_readable(keyword, text):
    found = readers.read(png_with({keyword: text}))
    if found:
        # No half characters: text that can be stored and sent.
        assert found.prompt.encode().decode() == found.prompt
        assert found.seed is None or isinstance(found.seed, int)


def test_a_graph_beyond_reason_is_not_walked():
    graph = {str(i): {"inputs": {"positive": [str(i + 1), 0], "seed": 1}} for i in range(6000)}
    assert read({"prompt": graph}).seed is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(["3", 0]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("3", "4", "inputs", "class_type", "positive", "seed", "guider", "model", "recipe")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(
    st.dictionaries(st.sampled_from(("3", "4", "sui_image_params", "model", "recipe")), values, max_size=4)
)
def test_json_of_any_shape_is_read_without_stumbling(shape):
    text = json.dumps(shape)
    for keyword in ("parameters", "prompt", "invokeai_metadata", "ruche"):
        readers.of_texts({keyword: text})


@pytest.mark.parametrize(
    ("texts", "generator"),
    [
        ({"parameters": A1111}, "AUTOMATIC1111"),
        ({"prompt": COMFY_PLAIN, "workflow": {"nodes": [], "links": []}}, "ComfyUI"),
        ({"invokeai_metadata": INVOKE, "invokeai_graph": {}}, "InvokeAI"),
    ],
    ids=["automatic1111", "comfyui", "invokeai"],
)
def test_an_independent_reader_says_the_same(texts, generator):
    theirs = ParserManager().parse(io.BytesIO(png_with(texts)))
    ours = read(texts)
    assert theirs is not None
    assert theirs.generator.value == generator
    (sampler,) = theirs.samplers
    assert [prompt.value for prompt in sampler.prompts] == [ours.prompt]
    assert [prompt.value for prompt in sampler.negative_prompts] == [ours.negative_prompt]
    assert int(sampler.parameters["seed"]) == ours.seed
    assert int(sampler.parameters["steps"]) == ours.steps
    assert float(sampler.parameters["cfg_scale"]) == ours.guidance
