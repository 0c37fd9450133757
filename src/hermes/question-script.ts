// The Python that runs in the engine's own interpreter: one JSON of questions in, one JSON of answers out.
//
// Promise: it changes nothing. An audit hook refuses every write below the home, every network call and every child
// process, whatever the engine's code would like to do on loading. A value that came from a `${NAME}` reference, has a
// secret's name or holds a secret of the environment never leaves the process: it is compared in here. What the
// engine prints goes nowhere. Each part is guarded by itself, for all of it is the engine's private code and may move.
// Not its job: which questions make sense, what to do with the answers (ask.ts).

export const questionScript = String.raw`
import datetime, json, os, re, sys

answers_out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
questions = json.load(sys.stdin)
home = os.environ["HERMES_HOME"]
home_real = os.path.realpath(home)

# --- nothing is changed by asking

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.chown", "os.link", "os.symlink",
           "os.truncate", "os.utime", "os.setxattr", "shutil.rmtree", "shutil.move", "sqlite3.connect"}
REFUSED = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec",
           "os.fork", "os.forkpty"}

def is_in_home(path):
    if not isinstance(path, (str, bytes, os.PathLike)):
        return False
    real = os.path.realpath(os.fsdecode(path))
    return real == home_real or real.startswith(home_real + os.sep)

def refuse_changes(event, args):
    if event == "open":
        if isinstance(args[2], int) and args[2] & WRITING and is_in_home(args[0]):
            raise PermissionError("a question writes nothing")
    elif event in CHANGES:
        if any(is_in_home(path) for path in args[:2]):
            raise PermissionError("a question changes nothing")
    elif event in REFUSED:
        raise PermissionError("a question neither calls out nor starts a program")

sys.addaudithook(refuse_changes)

# --- plain values

REFERENCE = re.compile(r"\${([^}]+)}")
SECRET_NAME = re.compile(r"(key|token|secret|passw|credential|authorization|bearer|cookie|webhook_url)", re.I)
NO_SECRET_NAME = re.compile(r"(_env|_envs|_file|_path|tokens|_limit|_ratio|_budget|_count|_threshold|keyboard|hotkey)$|keyword|^key_env$", re.I)

def is_secret_name(name):
    return bool(SECRET_NAME.search(name)) and not NO_SECRET_NAME.search(name)

def key_text(key):
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)

def plain(value):
    if isinstance(value, dict):
        return {key_text(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)

def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or float(a) == float(b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return type(a) is type(b) and a == b

def expanded(value):
    if isinstance(value, str):
        return REFERENCE.sub(lambda match: os.environ.get(match.group(1), match.group(0)), value)
    if isinstance(value, dict):
        return {key: expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item) for item in value]
    return value

def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)

def names_in(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from names_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)

def references_in(value):
    return sorted({name for text in texts_in(value) for name in REFERENCE.findall(text)})

def find(tree, path):
    for part in path:
        if not isinstance(tree, dict):
            return False, None
        tree = {key_text(key): item for key, item in tree.items()}
        if part not in tree:
            return False, None
        tree = tree[part]
    return True, tree

# --- the engine's own loading, done once

class Moved(Exception):
    pass

def why(error):
    if isinstance(error, Moved):
        return str(error)
    mark = getattr(error, "problem_mark", None)
    if mark is not None: # a YAML error's own text quotes the file
        return "line %d: %s" % (mark.line + 1, getattr(error, "problem", "") or "not YAML")
    if isinstance(error, (ImportError, AttributeError)):
        return "this engine has moved what we ask: %s" % type(error).__name__
    return type(error).__name__

environment_is_whole = True

def load_environment():
    global environment_is_whole
    try:
        from pathlib import Path
        from hermes_cli import env_loader
        import hermes_cli
        # Vaults are asked at a start of the engine, over the network; we leave what they hold unresolved.
        if hasattr(env_loader, "_load_secrets_config"):
            environment_is_whole = not env_loader._load_secrets_config(Path(home))
        env_loader._apply_external_secret_sources = lambda home_path: None
        env_loader.load_hermes_dotenv(hermes_home=home, project_env=Path(hermes_cli.__file__).resolve().parent.parent / ".env")
    except Exception:
        environment_is_whole = False

loaded = {}

def config():
    if "config" in loaded:
        return loaded["config"]
    load_environment()
    from hermes_cli import config as module
    module.ensure_hermes_home = lambda: None
    failures = []
    module._warn_config_parse_failure = lambda path, error, *rest, **named: failures.append(why(error))
    loaded["config"] = module.load_config()
    loaded["defaults"] = module.DEFAULT_CONFIG
    loaded["failures"] = failures
    loaded["module"] = module
    return loaded["config"]

def raw_config():
    if "raw" not in loaded:
        config()
        try:
            import yaml
            with open(os.path.join(home, "config.yaml"), encoding="utf-8") as file:
                loaded["raw"] = yaml.safe_load(file) or {}
        except Exception:
            loaded["raw"] = {}
    return loaded["raw"]

def managed():
    if "managed" not in loaded:
        try:
            from hermes_cli import managed_scope
            loaded["managed"] = sorted(managed_scope.managed_config_keys()), managed_scope.load_managed_config()
        except Exception:
            loaded["managed"] = [], {}
    return loaded["managed"]

def is_managed(path):
    dotted = ".".join(path)
    return any(key == dotted or key.startswith(dotted + ".") for key in managed()[0])

def is_written_as_reference(path):
    for tree in (raw_config(), managed()[1]):
        there, raw = find(tree, path)
        if there and references_in(plain(raw)):
            return True
    return False

def secrets_of_environment():
    if "secrets" not in loaded:
        loaded["secrets"] = [value for name, value in os.environ.items() if is_secret_name(name) and len(value) >= 6]
    return loaded["secrets"]

# --- the questions

def about_config(_):
    config()
    try:
        file_version = raw_config().get("_config_version")
    except Exception:
        file_version = None
    return {"version": plain(loaded["defaults"].get("_config_version")), "fileVersion": plain(file_version),
            "fault": loaded["failures"][0] if loaded["failures"] else None, "managedKeys": managed()[0]}

# Where the engine itself moves a key to while loading.
MOVES = {("provider",): ("model", "provider"), ("base_url",): ("model", "base_url"), ("api_base",): ("model", "base_url"),
         ("context_length",): ("model", "context_length"), ("model", "api_base"): ("model", "base_url"),
         ("model", "name"): ("model", "default"), ("model", "model"): ("model", "default"), ("model",): ("model", "default"),
         ("max_turns",): ("agent", "max_turns")}

def about_key(question):
    path, asked = question["path"], "desired" in question
    there, value = find(config(), path)
    moved = MOVES.get(tuple(path))
    if moved and (not there or (asked and not isinstance(question["desired"], dict) and isinstance(value, dict))):
        there, value = find(config(), moved)
        path = list(moved)
    has_default, default = find(loaded["defaults"], path)
    value, default = plain(value), plain(default)
    answer = {"state": "value" if there else "absent", "isDefault": there and has_default and same(value, default)}
    if has_default:
        answer["default"] = default
    answer["isManaged"] = is_managed(path)
    if asked:
        desired = question["desired"]
        answer["agrees"] = there and (same(value, desired) or same(value, expanded(desired)))
        if environment_is_whole:
            answer["unset"] = [name for name in references_in(desired) if name not in os.environ]
    if there:
        hidden = (is_secret_name(path[-1]) or any(is_secret_name(name) for name in names_in(value))
                  or is_written_as_reference(path) or bool(asked and references_in(question["desired"]))
                  or any(secret in text for text in texts_in(value) for secret in secrets_of_environment()))
        if hidden and not answer["isDefault"]:
            answer["hidden"] = True
        else:
            answer["value"] = value
    return answer

def about_keys(asked):
    config()
    answers = []
    for question in asked:
        try:
            answers.append(about_key(question))
        except Exception as error:
            answers.append({"state": "unknown", "why": why(error)})
    return answers

def about_providers(names):
    settings = config()
    from hermes_cli import auth, runtime_provider
    special = {"auto", "openrouter", "custom"}
    own = settings.get("providers") if isinstance(settings.get("providers"), dict) else {}
    def resolvable(name):
        low = name.strip().lower()
        if low in special or name in own or low in own:
            return True
        if runtime_provider.has_named_custom_provider(name):
            return True
        if low.startswith("custom:"):
            return False
        if hasattr(auth, "is_runtime_provider_routable"):
            return bool(auth.is_runtime_provider_routable(name))
        try:
            auth.resolve_provider(name)
            return True
        except auth.AuthError:
            return False
    return {"resolvable": {name: resolvable(name) for name in names},
            "known": sorted(special | set(auth.PROVIDER_REGISTRY) | {key_text(key) for key in own})}

def without_user(url):
    return re.sub(r"//[^/@]*@", "//", url) if isinstance(url, str) else None

def about_chain(_):
    from hermes_cli.fallback_config import get_fallback_chain
    chain = []
    for entry in get_fallback_chain(config()):
        name = str(entry.get("key_env") or entry.get("api_key_env") or "").strip()
        inline = str(entry.get("api_key") or "").strip()
        if inline:
            key = "unset" if REFERENCE.search(inline) else "inline"
        else:
            key = "none" if not name else "set" if os.environ.get(name, "").strip() else "unset"
        chain.append({"provider": entry["provider"], "model": entry["model"], "baseUrl": without_user(entry.get("base_url")),
                      "keyName": name or None, "key": key})
    return chain

def about_threats(asked):
    from tools.threat_patterns import scan_for_threats
    return [sorted(scan_for_threats(question["text"], scope=question["scope"])) for question in asked]

def about_skin(name):
    from hermes_cli import skin_engine
    config()
    own = skin_engine._load_skin_from_yaml(skin_engine._skins_dir() / (name + ".yaml"))
    source = "home" if own else "builtin" if name in skin_engine._BUILTIN_SKINS else None
    return {"source": source, "shownAs": str(skin_engine.load_skin(name).name) if source else None}

def about_jobs(_):
    config()
    from cron import jobs as cron_jobs
    rewrites = []
    cron_jobs.ensure_dirs = lambda: None
    cron_jobs.save_jobs = lambda jobs, *rest: rewrites.append(True)
    listed = []
    for job in cron_jobs.load_jobs():
        try:
            record = cron_jobs._normalize_job_record(job)
            # What the list command itself trips over, and with it the whole list.
            (job.get("schedule") or {}).get("value")
            ", ".join([job["deliver"]] if isinstance(job.get("deliver"), str) else job.get("deliver") or [])
        except Exception as error:
            listed.append({"job": plain(job), "fault": "the engine cannot list it: %s" % type(error).__name__})
            continue
        try:
            schedule = record.get("schedule") or {}
            next_run = cron_jobs.compute_next_run(schedule)
            fault = None if schedule.get("kind") == "once" or next_run else "its schedule never fires"
        except Exception as error:
            next_run, fault = None, "its schedule cannot be read: %s" % type(error).__name__
        listed.append({"job": plain(record), "nextRunAt": next_run, "fault": fault})
    return {"jobs": listed, "wouldRewrite": bool(rewrites)}

def about_soul(_):
    config()
    from agent import prompt_builder
    path = os.path.join(home, "SOUL.md")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read().strip()
    except FileNotFoundError:
        return {"state": "absent"}
    except UnicodeDecodeError:
        return {"state": "unreadable"}
    if not text:
        return {"state": "blank"}
    seen = prompt_builder.load_soul_md()
    if seen is None:
        return {"state": "unreadable"}
    blocked = re.match(r"\[BLOCKED: SOUL\.md contained potential prompt injection \((.*)\)\. Content not loaded\.\]$", seen)
    if blocked:
        return {"state": "blocked", "threats": sorted(blocked.group(1).split(", "))}
    kept = text[1:].strip() if text.startswith("\ufeff") else text
    return {"state": "loaded" if seen.strip() in (text, kept) else "cut", "characters": len(seen), "isSeed": is_seed(text)}

def is_seed(text):
    from hermes_cli import default_soul
    normal = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").strip()
    return normal == default_soul.DEFAULT_SOUL_MD.strip() or bool(default_soul.is_legacy_template_soul(text))

def about_memories(_):
    settings = config()
    from tools.memory_tool import MemoryStore
    from pathlib import Path
    limits = settings.get("memory") if isinstance(settings.get("memory"), dict) else {}
    files = {}
    for file, limit in (("MEMORY.md", "memory_char_limit"), ("USER.md", "user_char_limit")):
        entries = list(dict.fromkeys(MemoryStore._read_file(Path(home) / "memories" / file)))
        shown = MemoryStore._sanitize_entries_for_snapshot(entries, file)
        files[file] = {"limit": plain(limits.get(limit)), "entries": [
            {"text": entry, "blocked": seen != entry} for entry, seen in zip(entries, shown)]}
    return files

PARTS = {"config": about_config, "keys": about_keys, "providers": about_providers, "fallbackChain": about_chain,
         "threats": about_threats, "skin": about_skin, "jobs": about_jobs, "soul": about_soul, "memories": about_memories}

answers = {}
for name, asked in questions.items():
    try:
        answers[name] = {"known": True, "value": PARTS[name](asked)}
    except BaseException as error:
        answers[name] = {"known": False, "why": why(error)}

json.dump(answers, answers_out)
answers_out.flush()
os._exit(0)
`
