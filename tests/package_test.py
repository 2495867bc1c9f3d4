#!/usr/bin/env python3
"""The Debian package and the files beside it: tests/package_test.py CPACK BUILD_FOLDER"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop()).resolve()
CPACK = sys.argv.pop()
SOURCE = pathlib.Path.cwd()


def run(*command, code=0, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == code, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@unittest.skipUnless(shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"), "dpkg is not installed")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.scratch.name)
        changelog = BUILD / "changelog.gz"
        if not changelog.exists():
            changelog.write_bytes(gzip.compress((SOURCE / "CHANGELOG.md").read_bytes()))
        run(CPACK, "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", folder / "build", cwd=BUILD)
        (cls.package,) = (folder / "build").glob("vedette_*.deb")
        cls.root = folder / "root"
        cls.control = folder / "control"
        run("dpkg-deb", "-x", cls.package, cls.root)
        run("dpkg-deb", "-e", cls.package, cls.control)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def field(self, name):
        return run("dpkg-deb", "-f", self.package, name).strip()

    def test_contents(self):
        files = {}
        for line in run("dpkg-deb", "-c", self.package).splitlines():
            mode, owner, size, _, _, name = line.split(None, 5)
            if not mode.startswith("d"):
                files[name] = (mode, owner, int(size))
        self.assertEqual(sorted(files), sorted("./" + name for name in [
            "etc/vedette/vedette.yaml", "lib/systemd/system/vedette.service", "usr/bin/vedette",
            "usr/share/doc/vedette/README.md", "usr/share/doc/vedette/SECURITY.md",
            "usr/share/doc/vedette/changelog.gz", "usr/share/doc/vedette/configuration.md",
            "usr/share/doc/vedette/copyright", "usr/share/doc/vedette/operations.md",
            "usr/share/doc/vedette/search-language.md", "usr/share/doc/vedette/sigma.md"]))
        self.assertEqual({owner for _, owner, _ in files.values()}, {"root/root"})
        self.assertEqual(files["./usr/bin/vedette"][0], "-rwxr-xr-x")
        self.assertEqual(files["./etc/vedette/vedette.yaml"][0], "-rw-r-----")
        for name, (_, _, size) in files.items():
            self.assertGreater(size, 0, name)

    def test_control(self):
        self.assertEqual(self.field("Package"), "vedette")
        self.assertRegex(self.field("Version"), r"^\d+\.\d+\.\d+$")
        depends = self.field("Depends")
        for package in ["adduser", "init-system-helpers", "libc6", "libstdc++6", "libvectorscan5", "libarchive13"]:
            self.assertRegex(depends, rf"(^|, ){re.escape(package)}( |,|$)")
        self.assertNotIn("-dev", depends)
        self.assertEqual((self.control / "conffiles").read_text(), "/etc/vedette/vedette.yaml\n")

    def test_scripts(self):
        for name in ["postinst", "prerm", "postrm"]:
            script = self.control / name
            self.assertEqual(script.stat().st_mode & 0o777, 0o755)
            self.assertTrue(script.read_text().startswith("#!/bin/sh\nset -e\n"))
            run("sh", "-n", script)
        self.assertIn("adduser --quiet --system --group", (self.control / "postinst").read_text())

    # Every external command of the scripts is a recorder; `root` stands for the file system.
    def run_script(self, name, *arguments, user_exists=False):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch.name))
        commands = folder / "bin"
        commands.mkdir()
        for command in ["adduser", "getent", "chown", "chmod", "systemctl", "deb-systemd-helper", "deb-systemd-invoke",
                        "rm", "rmdir"]:
            answer = 0 if command != "getent" or user_exists else 2
            (commands / command).write_text(f'#!/bin/sh\necho {command} "$@" >> {folder}/calls\nexit {answer}\n')
            (commands / command).chmod(0o755)
        # As on a system that runs systemd.
        text = (self.control / name).read_text().replace("/run/systemd/system", str(commands))
        text = text.replace("/usr/bin/deb-systemd-helper", str(commands / "deb-systemd-helper"))
        run("/bin/sh", "-c", text, name, *arguments, env={"PATH": str(commands)})
        calls = folder / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def test_install_upgrade_remove_and_purge(self):
        installed = self.run_script("postinst", "configure")
        self.assertTrue(any(call.startswith("adduser") and call.endswith(" vedette") for call in installed))
        self.assertIn("deb-systemd-helper enable vedette.service", installed)
        self.assertIn("deb-systemd-invoke start vedette.service", installed)
        self.assertIn("chown root:vedette /etc/vedette", installed)
        upgraded = self.run_script("postinst", "configure", "0.0.9", user_exists=True)
        self.assertFalse(any(call.startswith("adduser") for call in upgraded))
        self.assertIn("deb-systemd-invoke try-restart vedette.service", upgraded)
        self.assertNotIn("deb-systemd-invoke start vedette.service", upgraded)
        self.assertEqual(self.run_script("prerm", "upgrade", "0.2.0"), [])
        self.assertIn("deb-systemd-invoke stop vedette.service", self.run_script("prerm", "remove"))
        removed = self.run_script("postrm", "remove")
        self.assertFalse(any(call.startswith("rm ") for call in removed))
        self.assertIn("rm -rf /var/lib/vedette", self.run_script("postrm", "purge"))

    def test_the_program_runs(self):
        program = self.root / "usr/bin/vedette"
        version = self.field("Version")
        empty = {"PATH": "/usr/bin:/bin"}
        self.assertEqual(run(program, "version", cwd="/", env=empty), f"vedette {version}\n")
        events = run(program, "parse", SOURCE / "content/samples/attack/web01", cwd="/", env=empty)
        self.assertGreater(len(events.splitlines()), 10)
        checked = run(program, "config", "check", "--config", self.root / "etc/vedette/vedette.yaml", cwd="/", env=empty)
        self.assertIn("0 errors, 0 warnings", checked)
        if shutil.which("file"):
            self.assertIn(", stripped", run("file", "-b", program))

    def test_the_data_of_the_service_is_where_the_unit_allows(self):
        printed = run(self.root / "usr/bin/vedette", "config", "print", "--config",
                      self.root / "etc/vedette/vedette.yaml", env={})
        self.assertIn("  folder: /var/lib/vedette\n", printed)
        unit = (self.root / "lib/systemd/system/vedette.service").read_text()
        self.assertIn("\nStateDirectory=vedette\n", unit)


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
class Unit(unittest.TestCase):
    UNIT = SOURCE / "deploy/vedette.service"

    def test_it_is_right(self):
        with tempfile.TemporaryDirectory() as folder:
            # The paths that are there after an installation.
            unit = pathlib.Path(folder) / "vedette.service"
            unit.write_text(self.UNIT.read_text().replace("/usr/bin/vedette", "/bin/true"))
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True,
                                  timeout=60)
            complaints = [line for line in done.stderr.splitlines() if "vedette.service" in line]
            self.assertEqual(complaints, [])

    def test_it_is_hardened(self):
        out = run("systemd-analyze", "security", "--offline=true", "--no-pager", self.UNIT)
        exposure = re.search(r"exposure level for vedette.service: ([0-9.]+)", out)
        self.assertLess(float(exposure.group(1)), 2.0)

    def test_it_speaks_the_protocol_of_the_manager(self):
        unit = self.UNIT.read_text()
        for line in ["Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "NoNewPrivileges=yes", "ProtectSystem=strict",
                     "MemoryDenyWriteExecute=yes", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"]:
            self.assertIn(f"\n{line}\n", unit)


class Container(unittest.TestCase):
    """What can be seen without building the image."""

    def setUp(self):
        text = (SOURCE / "deploy/Dockerfile").read_text().replace("\\\n", " ")
        self.lines = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
        last = max(i for i, line in enumerate(self.lines) if line[0] == "FROM")
        self.final = self.lines[last:]

    def test_instructions(self):
        known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
        self.assertLessEqual({line[0] for line in self.lines}, known)
        self.assertEqual(sum(line[0] == "FROM" for line in self.lines), 2)

    def test_the_user_is_a_number_and_not_root(self):
        self.assertEqual([line[1] for line in self.final if line[0] == "USER"], ["10001:10001"])

    def test_health_and_data(self):
        rest = {line[0]: line[1] for line in self.final}
        self.assertIn('CMD ["vedette", "health"]', rest["HEALTHCHECK"])
        self.assertEqual(rest["VOLUME"], "/data")
        self.assertIn("VEDETTE__DATA__FOLDER=/data", rest["ENV"])
        self.assertEqual(rest["ENTRYPOINT"], '["vedette"]')

    def test_commands_are_shell(self):
        for instruction, text in self.lines:
            if instruction == "RUN":
                run("sh", "-n", "-c", text)

    def test_packages_are_those_that_the_program_needs(self):
        (filter_text,) = re.findall(r"\| tr .*?> /stage/depends", " ".join(line[1] for line in self.lines))
        command = filter_text.removeprefix("| ").removesuffix(" > /stage/depends")
        depends = "adduser, init-system-helpers, libc6 (>= 2.34), libssl3 (>= 3.0.0), libyaml-0-2, a | b"
        self.assertEqual(run("sh", "-c", command, input=depends).split(), ["libc6", "libssl3", "libyaml-0-2", "a"])


if __name__ == "__main__":
    unittest.main()
