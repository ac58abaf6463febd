from ruche.cli import bench_origin


def test_every_figure_is_measured():
    found = {figure.name: figure for figure in bench_origin.measured(70_000)}
    assert {"decode", "fingerprint", "sign", "store", "look-up p50"} <= found.keys()
    assert all(figure.value > 0 for name, figure in found.items() if name != "store")
    assert found["a whole delivery adds"].goal == found["look-up p50"].goal == 60
    assert found["a credential adds"].value < 4
