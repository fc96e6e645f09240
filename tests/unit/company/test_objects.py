"""company/objects.py and company/s3.py: one contract, kept in a folder and on a server that checks signatures."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from company.errors import NoRoom, ObjectLost, ObjectsError
from company.objects import LocalObjects, Objects, Tree, key_of
from company.s3 import Place, S3Objects, signature
from company.secrets import Secret
from tests.fakes.clock import TurnedClock
from tests.fakes.s3 import KEY_ID, REGION, SECRET, FakeS3

QUOTA = 1000


@pytest.fixture
async def server() -> AsyncIterator[FakeS3]:
    opened = FakeS3()
    await opened.start()
    yield opened
    await opened.stop()


class Kept:
    """Objects of either kind, and how to damage one behind their back."""

    def __init__(self, objects: Objects, spoil: Any) -> None:
        self.objects = objects
        self.spoil = spoil


def on_server(server: FakeS3, clock: TurnedClock, **changed: Any) -> S3Objects:
    place = Place(url=server.url, bucket=changed.get("bucket", "backups"), region=REGION, prefix="nexus")
    secret = changed.get("secret", SECRET)
    return S3Objects(place, Secret(KEY_ID, "test"), Secret(secret, "test"), clock, quota=QUOTA)


@pytest.fixture(params=["local", "s3"])
async def kept(
    request: pytest.FixtureRequest, tmp_path: Path, clock: TurnedClock, server: FakeS3
) -> AsyncIterator[Kept]:
    if request.param == "local":
        folder = tmp_path / "objects"

        def spoil(key: str) -> None:
            next(folder.rglob(key)).write_bytes(b"spoilt")

        yield Kept(LocalObjects(folder, quota=QUOTA), spoil)
        return

    def spoil_there(key: str) -> None:
        server.objects[next(name for name in server.objects if name.endswith(key))] = b"spoilt"

    objects = on_server(server, clock)
    yield Kept(objects, spoil_there)
    await objects.close()


async def test_what_is_put_is_got_listed_counted_and_deleted(kept: Kept) -> None:
    objects = kept.objects
    assert await objects.stored(Tree.UPLOADS) == ()
    put = [await objects.put(Tree.UPLOADS, text.encode()) for text in ("one", "two", "three", "")]
    assert [one.key for one in put] == [key_of(text.encode()) for text in ("one", "two", "three", "")]
    assert all(one.fresh for one in put)
    assert {(one.key, one.size) for one in await objects.stored(Tree.UPLOADS)} == {(one.key, one.size) for one in put}
    assert await objects.get(Tree.UPLOADS, put[2].key) == b"three"
    assert await objects.total() == 11
    await objects.delete(Tree.UPLOADS, put[2].key)
    await objects.delete(Tree.UPLOADS, put[2].key)
    assert put[2].key not in {one.key for one in await objects.stored(Tree.UPLOADS)}
    with pytest.raises(ObjectLost, match="is gone"):
        await objects.get(Tree.UPLOADS, put[2].key)


async def test_the_same_again_costs_nothing_and_trees_are_apart(kept: Kept) -> None:
    first = await kept.objects.put(Tree.UPLOADS, b"same")
    again = await kept.objects.put(Tree.UPLOADS, b"same")
    assert (first.key, first.fresh, again.fresh) == (again.key, True, False)
    assert await kept.objects.total() == 4
    with pytest.raises(ObjectLost):
        await kept.objects.get(Tree.ARTEFACTS, first.key)


async def test_damage_is_noticed_when_it_is_read(kept: Kept) -> None:
    stored = await kept.objects.put(Tree.UPLOADS, b"sound")
    await asyncio.to_thread(kept.spoil, stored.key)
    with pytest.raises(ObjectLost, match="is damaged"):
        await kept.objects.get(Tree.UPLOADS, stored.key)


async def test_the_quota_refuses_in_words_and_keeps_what_was_there(kept: Kept) -> None:
    whole = await kept.objects.put(Tree.UPLOADS, b"x" * 900)
    with pytest.raises(NoRoom, match=r"raise \[backup\] quota_gb"):
        await kept.objects.put(Tree.ARTEFACTS, b"y" * 101)
    assert not (await kept.objects.put(Tree.UPLOADS, b"x" * 900)).fresh  # what is there needs no room
    assert await kept.objects.get(Tree.UPLOADS, whole.key) == b"x" * 900
    assert await kept.objects.stored(Tree.ARTEFACTS) == ()
    await kept.objects.delete(Tree.UPLOADS, whole.key)
    assert (await kept.objects.put(Tree.ARTEFACTS, b"y" * 101)).fresh


@pytest.mark.parametrize("key", ["../../secrets/audit_key", "", "A" * 64, "0" * 63, "0" * 64 + "/x", "0" * 64 + "\n"])
async def test_no_name_leads_out_of_the_trees(kept: Kept, key: str) -> None:
    for act in (kept.objects.get, kept.objects.delete):
        with pytest.raises(ObjectsError, match="no name of an object"):
            await act(Tree.UPLOADS, key)


async def test_a_damaged_one_is_written_anew_and_all_is_private(tmp_path: Path) -> None:
    objects, folder = LocalObjects(tmp_path / "o"), tmp_path / "o"
    stored = await objects.put(Tree.UPLOADS, b"sound")
    (await asyncio.to_thread(lambda: next(folder.rglob(stored.key)))).write_bytes(b"spoilt")
    assert (await objects.put(Tree.UPLOADS, b"sound")).fresh
    assert await objects.get(Tree.UPLOADS, stored.key) == b"sound"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if path.is_dir()} == {0o700}


async def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "o").write_text("a file where the folder should be")
    with pytest.raises(ObjectsError, match=r"or set \[backup\] folder"):
        await LocalObjects(tmp_path / "o").put(Tree.UPLOADS, b"x")


async def test_a_wrong_key_and_a_wrong_bucket_are_said_without_the_secret(server: FakeS3, clock: TurnedClock) -> None:
    for changed, word in (({"secret": "another one"}, "SignatureDoesNotMatch"), ({"bucket": "others"}, "NoSuchBucket")):
        objects = on_server(server, clock, **changed)
        with pytest.raises(ObjectsError, match=word) as said:
            await objects.get(Tree.UPLOADS, "0" * 64)
        assert "another one" not in str(said.value)
        assert KEY_ID not in str(said.value)
        await objects.close()


async def test_a_fault_of_the_server_is_tried_again_and_then_told(server: FakeS3, clock: TurnedClock) -> None:
    objects = on_server(server, clock)
    server.failing = 2
    reading = asyncio.ensure_future(objects.stored(Tree.UPLOADS))
    for _ in range(2):
        await clock.until_asleep()
        clock.turn(5)
    assert await reading == ()
    server.failing = 3
    failing = asyncio.ensure_future(objects.stored(Tree.UPLOADS))
    for _ in range(2):
        await clock.until_asleep()
        clock.turn(5)
    with pytest.raises(ObjectsError, match="503 SlowDown"):
        await failing
    await objects.close()


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "digest", "signed"),
    [
        (
            "GET", "/test.txt", {}, {"range": "bytes=0-9"}, EMPTY,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT", "/test$file.text", {},
            {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET", "/", {"lifecycle": ""}, {}, EMPTY,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET", "/", {"prefix": "J", "max-keys": "2"}, {}, EMPTY,
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)  # fmt: skip
def test_signatures_are_those_of_the_published_examples(
    method: str, path: str, query: dict[str, str], headers: dict[str, str], digest: str, signed: str
) -> None:
    """docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Examples: Signature Calculations"."""
    sent = {
        "host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": digest, "x-amz-date": "20130524T000000Z",
        **headers,
    }  # fmt: skip
    given = signature(
        method, path, query, sent, key_id="AKIAIOSFODNN7EXAMPLE", secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        region="us-east-1",
    )  # fmt: skip
    assert given.endswith(f"Signature={signed}")
