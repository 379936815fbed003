"""Prepares everything that `make run` and `make test` need, with nothing but Python and its standard library.

    python3 tools/bootstrap.py run  [arguments of procession demo]
    python3 tools/bootstrap.py test [arguments of pytest]
    python3 tools/bootstrap.py dev  [a command of the development environment]

It makes `.venv`, installs exactly what the lock file names, and goes on with the command. What is there already is not
done again. Each stage is named with its time; what cannot go on says so in one sentence with the remedy.

An older Python must get as far as the sentence about its age, so this file keeps to the syntax of Python 3.6.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

OLDEST_PYTHON = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOG = os.path.join(VENV, "install.log")
NEEDED_MEGABYTES = 1500

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)

# What pip is told about the package index, and the variable that tells uv the same.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


class CannotGoOn(Exception):
    """What is wrong and what helps, in one sentence."""


def main(arguments):
    """Prepare and run one of the commands; gives its exit code where it does not take over this process."""
    if len(arguments) < 1 or arguments[0] not in COMMANDS:
        print("usage: bootstrap.py {%s} [arguments]" % "|".join(COMMANDS), file=sys.stderr)
        return 2
    try:
        use_recent_python(arguments)
        COMMANDS[arguments[0]](arguments[1:])
    except CannotGoOn as reason:
        print(reason, file=sys.stderr)
        return 1
    except OSError as trouble:
        print(sentence(trouble), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(arguments):
    """Install what the product needs, and become its demo."""
    install("requirements.lock")
    # A shell that starts us in the background has us ignore Ctrl-C, and the demo would inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    take_over([os.path.join(ROOT, "procession"), "demo"] + arguments)


def test(arguments):
    """Install what the tests need, browser included, and become pytest on two processors."""
    install("requirements-dev.lock")
    os.environ["CHROMIUM"] = chromium()
    take_over([PYTHON, "-m", "pytest", "-n", "2"] + arguments)


def dev(arguments):
    """Install what developers need, and become the given command, whose `python` is that of `.venv`."""
    install("requirements-dev.lock")
    if arguments:
        os.environ["PATH"] = os.path.join(VENV, "bin") + os.pathsep + os.environ.get("PATH", os.defpath)
        take_over([PYTHON if arguments[0] == "python" else arguments[0]] + arguments[1:])


COMMANDS = {"run": run, "test": test, "dev": dev}


# Python and the virtual environment


def use_recent_python(arguments):
    """Go on in a newer Python of this machine when this one is too old."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(20, OLDEST_PYTHON[1] - 1, -1):
        newer = shutil.which("python3.%d" % minor)
        if newer:
            os.execv(newer, [newer, os.path.abspath(__file__)] + arguments)
    raise CannotGoOn(
        "Procession needs Python %d.%d or later and this is %d.%d: install a newer Python, or name one with "
        "'make PYTHON=/path/to/python3 ...'." % (OLDEST_PYTHON + sys.version_info[:2])
    )


def install(lock):
    """See that `.venv` holds what `lock` names, and this project; quick when it does already."""
    stamps = wanted_stamps(lock)
    if all(read(path) == content for path, content in stamps.items()) and works(PYTHON):
        return
    # Development needs all that running needs, so its lock file alone is installed, and both stamps are set.
    make_environment()
    for path in stamps:
        if os.path.exists(path):
            os.remove(path)
    with Stage("Packages of %s (several minutes the first time)" % lock):
        install_packages(["--require-hashes", "-r", os.path.join(ROOT, lock)])
    with Stage("Procession itself"):
        install_packages(["--no-deps", "--editable", ROOT])
    for path, content in stamps.items():
        with open(path, "w") as file:
            file.write(content)


def wanted_stamps(lock):
    """File and content of the stamps that say what is installed; the place is in it, since programs there name it."""
    stamps = {}
    for each in {lock, "requirements.lock"}:
        digest = hashlib.sha256(ROOT.encode("utf-8", "surrogateescape"))
        for name in (each, "pyproject.toml"):
            with open(os.path.join(ROOT, name), "rb") as file:
                digest.update(file.read())
        stamps[os.path.join(VENV, "." + each + ".installed")] = digest.hexdigest()
    return stamps


def make_environment():
    """Make `.venv` when it is missing, of another place, or its Python is gone."""
    if works(PYTHON) and moved_from() is None:
        return
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise CannotGoOn(
            "Python's venv module is missing: install it (on Debian and Ubuntu: 'apt-get install python3-venv') "
            "and run make again."
        )
    free = shutil.disk_usage(ROOT).free // 1000000
    if free < NEEDED_MEGABYTES:
        raise CannotGoOn(disk_is_full("%d MB are free" % free))
    with Stage("Python environment in .venv"):
        run_logged([sys.executable, "-m", "venv", "--clear", VENV])


def moved_from():
    """Where `.venv` was made, if that is not here; its programs would still point there."""
    for line in read(os.path.join(VENV, "pyvenv.cfg")).splitlines():
        key, _, value = line.partition(" = ")
        if key == "command" and not value.endswith(" " + VENV) and not value.endswith(" " + os.path.realpath(VENV)):
            return value
    return None


def install_packages(what):
    """Install with uv, which is quick; with pip where uv cannot be had or does not manage."""
    if have_uv():
        command = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON] + what
        if run_quietly(command, uv_environment()) == 0:
            return
    run_logged([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + what)


def have_uv():
    """Install the pinned uv into `.venv`; says whether that worked."""
    pinned = os.path.join(ROOT, "tools", "requirements-uv.lock")
    ask = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", pinned]
    return run_quietly(ask) == 0


def uv_environment():
    """Our environment, with what pip is configured for (an index of one's own, certificates) said in uv's words."""
    environment = dict(os.environ)
    # A line is, say, global.find-links='/a\n/b' or :env:.cert='/c'; the environment wins over files, so it comes first.
    for line in sorted(
        output_of([PYTHON, "-m", "pip", "config", "list"]).splitlines(), key=lambda each: not each.startswith(":env:")
    ):
        key, _, value = line.partition("=")
        option = key.rpartition(".")[2]
        values = value.strip().strip("'\"").replace("\\n", " ").split()
        if option in PIP_TO_UV and values:
            environment.setdefault(PIP_TO_UV[option], ("," if option == "find-links" else " ").join(values))
    # Every package is pinned by its hash, so it does not matter which of several indexes has it.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    environment.setdefault("UV_LINK_MODE", "copy")
    return environment


# Browser


def chromium():
    """The path of a Chromium for the browser tests: $CHROMIUM, one on PATH, one of apt-get, one of Playwright."""
    named = os.environ.get("CHROMIUM")
    if named:
        if works(shutil.which(named) or named):
            return shutil.which(named) or named
        raise CannotGoOn("CHROMIUM is set to %s, which does not run: correct it or unset it." % named)
    found = chromium_on_path()
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        with Stage("Chromium, by apt-get"):
            quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
            run_quietly(["apt-get", "update", "-q"], quiet)
            run_quietly(["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"], quiet)
        found = chromium_on_path()
    return found or chromium_of_playwright()


def chromium_on_path():
    """The first browser on PATH that runs; Ubuntu's `chromium-browser` is there and only names a shop."""
    paths = (shutil.which(name) for name in BROWSERS)
    return next((path for path in paths if path and works(path)), None)


def chromium_of_playwright():
    """The browser that Playwright downloads."""
    where = "from playwright.sync_api import sync_playwright as p\nwith p() as b: print(b.chromium.executable_path)"
    path = output_of([PYTHON, "-c", where]).strip()
    if not works(path):
        with Stage("Chromium, by Playwright"):
            run_quietly([PYTHON, "-m", "playwright", "install", "chromium"])
    if works(path):
        return path
    raise CannotGoOn(
        "The browser tests need Chromium: install it (on Debian: 'apt-get install chromium'), "
        "or set CHROMIUM to the path of a Chrome or Chromium."
    )


# Helpers


class Stage:
    """Prints the name of a stage when it begins, and its time when it ends."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.began = time.time()
        print("%s ..." % self.name, end=" ", flush=True)

    def __exit__(self, kind, *_):
        print("%.1f s" % (time.time() - self.began) if kind is None else "failed", flush=True)


def run_logged(command, environment=None):
    """Run a command that has to work, its output into the log; what it says last tells why it failed."""
    if run_quietly(command, environment) == 0:
        return
    said = read(LOG)[-20000:]
    if "No space left on device" in said or "Disk quota exceeded" in said:
        raise CannotGoOn(disk_is_full("the installation stopped"))
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    raised = [line for line in lines if re.match(r"[A-Z]\w+Error: ", line)]
    errors = raised or [line for line in lines if line.lower().startswith("error")]
    raise CannotGoOn(
        "Installing failed (%s); the whole output is in %s, and make goes on from there when run again."
        % ((errors or lines or ["no message"])[-1].rstrip("."), LOG)
    )


def run_quietly(command, environment=None):
    """Run a command with its output added to the log; gives its exit code."""
    os.makedirs(VENV, exist_ok=True)
    held = tempfile.TemporaryFile() if "venv" in command else None  # making .venv afresh would delete the log
    log = held or open(LOG, "ab")
    with log:
        log.write(("$ %s\n" % " ".join(command)).encode("utf-8", "surrogateescape"))
        log.flush()
        code = subprocess.call(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=ROOT)
        if held:
            held.seek(0)
            with open(LOG, "ab") as kept:
                shutil.copyfileobj(held, kept)
    return code


def output_of(command):
    """What a command prints; empty when it fails to run."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    return process.communicate()[0]


def works(program):
    """Whether a program is there and runs."""
    try:
        return subprocess.call([program, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def take_over(command):
    """Become `command`, so that Ctrl-C and the exit code are its own."""
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execvp(command[0], command)


def read(path):
    """The text of a file; empty when there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def sentence(trouble):
    """A refusal of the operating system, with the remedy."""
    if trouble.errno == 28:
        return disk_is_full("nothing more can be written")
    if trouble.errno in (1, 13, 30):
        return "No permission for %s: run make as its owner, or in a copy of your own." % trouble.filename
    return "%s: %s." % (trouble.filename or ROOT, trouble.strerror)


def disk_is_full(detail):
    """The sentence for a full disk."""
    return "The disk of %s is full (%s): free about %d MB there and run make again." % (ROOT, detail, NEEDED_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
