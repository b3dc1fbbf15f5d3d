"""Editions installed whole or not at all, read back as they were, and checked on demand."""

import datetime
import json
import shutil
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import polars as pl
import pytest
from small_edition import (
    INDEX,
    changed,
    csv_files,
    index_table,
    sheets,
    write_workbook,
    write_zip,
)

from reference import store
from reference.edition_folder import put_in_place, sha256_of
from reference.sources import Source, download, read_sources
from schemas.errors import EditionError, NetworkError, OutputError
from schemas.index import IndexEntries
from schemas.structure import Structure, SubUnitGroups

V13 = "soc2020/soc2020volume2thecodingindexexcel03122025.xlsx"


@pytest.fixture(scope="session")
def real_home(shared_data, tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("home")
    store.install_file(shared_data / V13, home)
    return home


@pytest.fixture
def home(tmp_path) -> Path:
    """A home in which the small edition 13 is installed."""
    store.install_file(write_workbook(tmp_path / "small.xlsx"), tmp_path / "home")
    return tmp_path / "home"


def folders(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "editions").iterdir())


# Installing from a file


def test_the_real_edition_is_named_and_described(real_home):
    manifest = store.show("soc2020-v13", real_home)
    assert manifest["name"] == "soc2020-v13"
    assert manifest["publisher"] == "Office for National Statistics"
    assert manifest["date"] == "2025-12-03"
    assert manifest["source_file"] == V13.partition("/")[2]
    assert manifest["source_bytes"] == 3_768_655
    assert manifest["source_sha256"].startswith("a6e27c94fd18c7fe")
    assert manifest["pinned"] is True
    assert manifest["rows"] == {"index": 32_376, "structure": 551, "sub_unit_groups": 1_384}
    assert manifest["findings"] == []
    assert set(manifest["files"]) == {
        *("index.parquet", "structure.parquet", "sub_unit_groups.parquet"),
    }
    assert manifest["installed_by"].startswith("soc-recode ")
    assert datetime.datetime.fromisoformat(manifest["installed_at"]).tzinfo is datetime.UTC
    assert len(manifest["reference_version"]) == 64
    assert str(real_home) not in json.dumps(manifest)
    assert store.verify("soc2020-v13", real_home) == []


def test_the_real_edition_is_read_back_in_the_columns_of_its_schemas(real_home):
    edition = store.load("soc2020-v13", real_home)
    assert edition.name != "starter"
    assert edition.index.height == 32_376
    IndexEntries.validate(edition.index)
    Structure.validate(edition.structure)
    SubUnitGroups.validate(edition.sub_unit_groups)


def test_what_is_installed_is_what_is_loaded(tmp_path):
    installed = store.install_file(write_workbook(tmp_path / "small.xlsx"), tmp_path)
    loaded = store.load("soc2020-v13", tmp_path)
    assert loaded.manifest == installed.manifest
    assert loaded.index.equals(installed.index)
    assert loaded.index["index_entry_id"].to_list() == ["t1aa", "t1ab", "t1ac", "t1ad"]
    assert loaded.manifest["pinned"] is False


def test_a_finding_stands_in_the_manifest(tmp_path):
    table = changed(index_table(), "SOC_90", 0, "3801")
    path = write_workbook(tmp_path / "a.xlsx", sheets() | {INDEX: table})
    assert store.install_file(path, tmp_path).manifest["findings"] == [
        {
            "kind": "previous_code_irregular",
            "concerns": "t1aa",
            "message": 't1aa "Author, technical" (ADD computing/IT): soc90 is 3801, not 3 digits',
        }
    ]


def test_the_reference_version_is_that_of_the_content(tmp_path):
    workbook = store.install_file(write_workbook(tmp_path / "small.xlsx"), tmp_path)
    zipped = store.install_file(write_zip(tmp_path / "small.zip"), tmp_path, "soc2020-v14")
    assert workbook.reference_version == zipped.reference_version
    table = changed(index_table(), "ADD", 3, "prices in $")
    other = write_workbook(tmp_path / "other.xlsx", sheets() | {INDEX: table})
    assert store.install_file(other, tmp_path, "other").reference_version != (
        workbook.reference_version
    )
    # The same on every machine: a change of this value is a change of how versions are made.
    assert workbook.reference_version == (
        "59b9a862b460b63f18b731d8bf436085055590c3701e1a993bcacd716908831d"
    )


def test_a_zip_is_named_by_the_date_in_its_file_name(tmp_path):
    edition = store.install_file(write_zip(tmp_path / "soc2020index27082026.zip"), tmp_path)
    assert edition.name == "soc2020-v14"
    assert edition.manifest["edition"] == "version 14"
    assert edition.manifest["pinned"] is False
    assert edition.index["additional_qualifier"].to_list()[3] == "prices in £"


def test_a_zip_without_a_known_date_needs_a_name(tmp_path):
    path = write_zip(tmp_path / "index.zip")
    with pytest.raises(EditionError, match="does not say which edition it is"):
        store.install_file(path, tmp_path)
    assert store.install_file(path, tmp_path, "soc2020-v14").name == "soc2020-v14"


def test_a_workbook_cannot_take_the_name_of_another_version(tmp_path):
    with pytest.raises(EditionError, match="says that it is version 13"):
        store.install_file(write_workbook(tmp_path / "a.xlsx"), tmp_path, "soc2020-v14")
    with pytest.raises(EditionError, match="There is no file absent"):
        store.install_file(tmp_path / "absent.xlsx", tmp_path)


@pytest.mark.parametrize("name", ["starter", "../away", "", "A B", ".hidden", "a/b"])
def test_names_that_no_edition_can_have(tmp_path, name):
    with pytest.raises(EditionError, match="An edition cannot be called"):
        store.install_file(write_workbook(tmp_path / "a.xlsx"), tmp_path, name)
    with pytest.raises(EditionError):
        store.show("../" + name, tmp_path)


# All or nothing


def test_an_installation_that_fails_leaves_nothing(tmp_path):
    damaged = write_workbook(tmp_path / "damaged.xlsx", sheets(records=9))
    with pytest.raises(EditionError):
        store.install_file(damaged, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_reinstallation_replaces_and_a_failing_one_does_not(tmp_path, home):
    before = store.load("soc2020-v13", home)
    damaged = write_workbook(tmp_path / "damaged.xlsx", sheets(records=9))
    with pytest.raises(EditionError):
        store.install_file(damaged, home)
    assert store.load("soc2020-v13", home).manifest == before.manifest
    table = changed(index_table(), "ADD", 3, "food")
    store.install_file(write_workbook(tmp_path / "b.xlsx", sheets() | {INDEX: table}), home)
    after = store.load("soc2020-v13", home)
    assert after.index["additional_qualifier"].to_list()[3] == "food"
    assert after.reference_version != before.reference_version
    assert store.verify("soc2020-v13", home) == []
    assert folders(home) == ["soc2020-v13"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "editions").write_text("a file stands in the way")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        store.install_file(write_workbook(tmp_path / "a.xlsx"), tmp_path)
    assert "SOC_RECODE_HOME" in str(caught.value)


def test_an_edition_that_cannot_take_its_place_leaves_the_old_one(tmp_path, home):
    folder = home / "editions" / "soc2020-v13"
    with pytest.raises(OSError, match="absent"):
        put_in_place(tmp_path / "absent", folder, aside=tmp_path / "aside")
    assert store.verify("soc2020-v13", home) == []


# Listing, showing, verifying, loading


def test_editions_are_listed_and_the_highest_number_is_the_latest(tmp_path):
    assert store.list_editions(tmp_path) == ["starter"]
    assert store.latest(tmp_path) == "starter"
    for version in (13, 9, 100):
        path = write_workbook(tmp_path / f"{version}.xlsx", sheets(version))
        store.install_file(path, tmp_path)
    store.install_file(write_workbook(tmp_path / "a.xlsx"), tmp_path, "zz-mine")
    (tmp_path / "editions" / ".soc2020-v200.partial").mkdir()
    assert store.list_editions(tmp_path) == [
        *("starter", "zz-mine", "soc2020-v9", "soc2020-v13", "soc2020-v100"),
    ]
    assert store.latest(tmp_path) == "soc2020-v100"


def test_an_own_edition_alone_is_not_the_latest(tmp_path):
    store.install_file(write_workbook(tmp_path / "a.xlsx"), tmp_path, "zz-mine")
    assert store.latest(tmp_path) == "starter"


def test_the_home_is_taken_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path / "own"))
    store.install_file(write_workbook(tmp_path / "small.xlsx"))
    assert (tmp_path / "own" / "editions" / "soc2020-v13" / "manifest.json").is_file()
    assert store.load("soc2020-v13").index.height == 4
    monkeypatch.setenv("SOC_RECODE_HOME", "")
    assert store.editions_folder().parent.name == "soc-recode"


@pytest.mark.parametrize("function", [store.load, store.show, store.verify])
def test_an_unknown_edition_names_what_is_installed(home, function):
    with pytest.raises(EditionError) as caught:
        function("soc2020-v12", home)
    message = str(caught.value)
    assert 'No edition "soc2020-v12" is installed' in message
    assert "starter, soc2020-v13" in message
    assert "soc-recode reference install" in message


def test_tampering_is_found(home):
    folder = home / "editions" / "soc2020-v13"
    index = pl.read_parquet(folder / "index.parquet")
    index.with_columns(unit_group=pl.lit("2133")).write_parquet(folder / "index.parquet")
    (folder / "structure.parquet").unlink()
    assert store.verify("soc2020-v13", home) == [
        "index.parquet is not the file that was installed: its SHA-256 differs",
        "structure.parquet is missing",
    ]
    with pytest.raises(EditionError, match="its tables cannot be read"):
        store.load("soc2020-v13", home)


def test_tampering_with_table_and_manifest_is_found(home):
    folder = home / "editions" / "soc2020-v13"
    index = pl.read_parquet(folder / "index.parquet")
    index.with_columns(see=pl.lit("see Notes")).write_parquet(folder / "index.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["index.parquet"] = sha256_of(folder / "index.parquet")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert store.verify("soc2020-v13", home) == [
        "the reference version in manifest.json is not that of the tables"
    ]


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"layout": 0}'])
def test_a_damaged_or_old_manifest_is_refused(home, content):
    (home / "editions" / "soc2020-v13" / "manifest.json").write_text(content)
    with pytest.raises(EditionError, match="installed edition soc2020-v13 cannot be used"):
        store.load("soc2020-v13", home)


def test_the_starter_is_always_there(tmp_path):
    starter = store.load("starter", tmp_path)
    assert starter.name == "starter"
    assert starter.manifest == store.show("starter", tmp_path)
    assert starter.manifest["rows"]["index"] == starter.index.height
    assert store.verify("starter", tmp_path) == []


def test_reading_needs_neither_pandera_nor_the_network():
    code = (
        "import sys; from reference import store; store.load('starter'); "
        "print([m for m in ('pandera', 'fastexcel', 'urllib.request') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# sources.toml and downloads


def test_the_pinned_editions_are_the_real_files(shared_data):
    pinned = [source for source in read_sources().values() if source.is_pinned]
    assert [source.name for source in pinned] == ["soc2020-v1", "soc2020-v12", "soc2020-v13"]
    for source in pinned:
        path = shared_data / "soc2020" / source.file
        assert (path.stat().st_size, sha256_of(path)) == (source.bytes, source.sha256)
        assert source.address.startswith("https://www.ons.gov.uk/file?uri=/methodology/")
        assert source.address.endswith("/" + source.file)
    assert [source.rows for source in pinned] == [29_664, 32_195, 32_376]


def test_an_edition_that_is_not_pinned_says_how_to_install_it(tmp_path):
    with pytest.raises(EditionError, match=r"27 August 2026.* is not pinned") as caught:
        store.install("soc2020-v14", tmp_path)
    assert "soc-recode reference install --file" in str(caught.value)


def test_an_edition_that_is_not_published_names_those_that_are(tmp_path):
    with pytest.raises(EditionError, match='No published edition is called "soc2020-v99"') as e:
        store.install("soc2020-v99", tmp_path)
    assert "soc2020-v1, soc2020-v12, soc2020-v13" in str(e.value)


def source_for(path: Path, address: str) -> Source:
    v13 = read_sources()["soc2020-v13"]
    size, digest = path.stat().st_size, sha256_of(path)
    return replace(v13, address=address, file=path.name, bytes=size, sha256=digest, rows=4)


def toml_of(source: Source, path: Path) -> Path:
    lines = [
        f"{key} = {value if isinstance(value, int | datetime.date) else json.dumps(value)}"
        for key, value in asdict(source).items()
    ]
    path.write_text("\n".join(["[[edition]]", *lines]))
    return path


def test_no_network_is_said_with_the_way_around_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = server.server_port
    server.server_close()
    source = source_for(write_workbook(tmp_path / "small.xlsx"), f"https://127.0.0.1:{port}/x")
    with pytest.raises(NetworkError, match="could not be downloaded") as caught:
        store.install("soc2020-v13", tmp_path, toml_of(source, tmp_path / "sources.toml"))
    assert "Connection refused" in str(caught.value)
    assert "Download small.xlsx from https://www.ons.gov.uk/" in str(caught.value)
    assert "soc-recode reference install --file small.xlsx" in str(caught.value)
    assert store.list_editions(tmp_path) == ["starter"]


def test_an_address_without_https_is_refused(tmp_path):
    source = source_for(write_workbook(tmp_path / "small.xlsx"), "http://127.0.0.1/x")
    with pytest.raises(NetworkError, match="is not https"):
        download(source, tmp_path)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A key and certificate for 127.0.0.1, in one file."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    pem, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    subject = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)]
    subprocess.run([*command.split(), *subject], check=True, capture_output=True)
    pem.write_text(pem.read_text() + key.read_text())
    return pem


@contextmanager
def publisher(certificate: Path, answers: list[tuple[int, bytes]]):
    """An https server that gives these answers, one to a request, and counts the requests."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers[len(asked)]
            asked.append(self.path)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/file", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def trusted(certificate, monkeypatch) -> Path:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("NO_PROXY", "*")
    return certificate


def test_a_pinned_edition_is_downloaded_and_installed(tmp_path, trusted):
    path = write_workbook(tmp_path / "small.xlsx")
    with publisher(trusted, [(503, b"busy"), (200, path.read_bytes())]) as (address, asked):
        toml = toml_of(source_for(path, address), tmp_path / "sources.toml")
        edition = store.install("soc2020-v13", tmp_path / "home", toml)
    assert len(asked) == 2
    assert edition.name == "soc2020-v13"
    assert edition.manifest["source_sha256"] == sha256_of(path)
    assert store.verify("soc2020-v13", tmp_path / "home") == []


def test_a_server_that_fails_twice_is_a_network_error(tmp_path, trusted):
    path = write_workbook(tmp_path / "small.xlsx")
    with publisher(trusted, [(503, b""), (404, b"")]) as (address, asked):
        with pytest.raises(NetworkError, match="Not Found"):
            download(source_for(path, address), tmp_path / "to")
        assert len(asked) == 2


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"y" + b[1:]])
def test_a_file_other_than_the_pinned_one_is_refused(tmp_path, trusted, change):
    path = write_workbook(tmp_path / "small.xlsx")
    with publisher(trusted, [(200, change(path.read_bytes()))]) as (address, _):
        toml = toml_of(source_for(path, address), tmp_path / "sources.toml")
        with pytest.raises(EditionError, match="is not the file of soc2020-v13"):
            store.install("soc2020-v13", tmp_path / "home", toml)
    assert not (tmp_path / "home").exists()


def test_a_redirection_that_leaves_https_is_not_followed(tmp_path, trusted):
    path = write_workbook(tmp_path / "small.xlsx")
    answers = [(302, b"http://127.0.0.1/insecure")] * 2
    with (
        publisher(trusted, answers) as (address, _),
        pytest.raises(NetworkError, match="redirects to a page without https"),
    ):
        download(source_for(path, address), tmp_path / "to")


def test_the_small_zip_is_the_form_of_version_14():
    assert list(csv_files()) == ["SOC2020_volume2_thecodingindexv2.csv", "SOC2020_framework.csv"]
