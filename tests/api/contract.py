"""api/openapi.yaml as the tests see it: operations, valid and invalid values of schemas, checks of answers."""
import random
import re
import string


class Contract:
    def __init__(self, document):
        self.document = document
        self.operations = []
        for path, methods in document["paths"].items():
            shared = methods.get("parameters", [])
            for method, operation in methods.items():
                if method in ("get", "put", "post", "patch", "delete"):
                    self.operations.append(Operation(self, method.upper(), path, operation, shared))

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node


class Operation:
    def __init__(self, contract, method, path, operation, shared):
        self.contract, self.method, self.path, self.operation = contract, method, path, operation
        self.id = operation["operationId"]
        self.permission = operation["x-permission"]
        self.step_up = operation.get("x-step-up", False)
        self.stream = operation.get("x-stream", False)
        self.parameters = [contract.resolve(parameter) for parameter in shared + operation.get("parameters", [])]
        body = operation.get("requestBody")
        self.body_types = contract.resolve(body)["content"] if body else {}
        self.body_required = bool(body) and contract.resolve(body).get("required", False)
        self.statuses = {int(status) for status in operation["responses"] if status.isdigit()}

    def body_schema(self):
        for kind in ("application/json", *self.body_types):
            if kind in self.body_types:
                return kind, self.body_types[kind].get("schema", {})
        return None, None

    def answer_schema(self, status, kind):
        answer = self.operation["responses"].get(str(status))
        if answer is None:
            return None
        content = self.contract.resolve(answer).get("content", {})
        found = content.get(kind.split(";")[0].strip())
        return found.get("schema") if found else None

    def of(self, place):
        return [parameter for parameter in self.parameters if parameter["in"] == place]

    def target(self, values):
        return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], self.path)


# Answers.
def problems_of(contract, schema, value, at=""):
    """What is wrong with a value, as sentences."""
    schema = contract.resolve(schema)
    found = []
    if "oneOf" in schema:
        fits = sum(not problems_of(contract, option, value, at) for option in schema["oneOf"])
        return [] if fits >= 1 else [f"{at}: none of the alternatives fits {str(value)[:80]}"]
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_kind(value, kind) for kind in kinds):
        return [f"{at}: {str(value)[:80]} is not {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not {schema['const']!r}")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{at}/{name}: is missing" for name in schema.get("required", []) if name not in value]
        for name, member in value.items():
            if name in known:
                found += problems_of(contract, known[name], member, f"{at}/{name}")
            elif known and not schema.get("additionalProperties"):
                found.append(f"{at}/{name}: is not documented")
            elif isinstance(schema.get("additionalProperties"), dict):
                found += problems_of(contract, schema["additionalProperties"], member, f"{at}/{name}")
    if isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value):
            found += problems_of(contract, schema["items"], item, f"{at}/{place}")
    return found


def is_kind(value, kind):
    return {"object": isinstance(value, dict), "array": isinstance(value, list), "string": isinstance(value, str),
            "boolean": isinstance(value, bool), "null": value is None,
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, (int, float)) and not isinstance(value, bool)}[kind]


# Requests.
WORDS = ["admin", "windows.security", "process.name", "user.name:root", "*", "a", "é漢字", "x" * 60, "2026-01-01T00:00:00Z",
         "title: x", "../../etc/passwd", "' OR 1=1 --", "{{7*7}}", "<script>alert(1)</script>", "%00", "\\u0000", "-1"]


def valid(contract, schema, rng, depth=0):
    """A value that fits the schema (as far as a schema tells)."""
    schema = contract.resolve(schema)
    if "oneOf" in schema:
        return valid(contract, rng.choice(schema["oneOf"]), rng, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = rng.choice(kind)
    if kind == "object":
        members = {}
        for name, member in schema.get("properties", {}).items():
            if name in schema.get("required", []) or (depth < 4 and rng.random() < 0.5):
                members[name] = valid(contract, member, rng, depth + 1)
        return members
    if kind == "array":
        least = schema.get("minItems", 0)
        count = rng.randint(least, max(least, min(schema.get("maxItems", 3), 3)))
        return [valid(contract, schema.get("items", {}), rng, depth + 1) for _ in range(count)]
    if kind == "integer":
        return rng.randint(schema.get("minimum", 0), min(schema.get("maximum", 100), schema.get("minimum", 0) + 1000))
    if kind == "number":
        return round(rng.uniform(schema.get("minimum", 0), schema.get("maximum", 100)), 3)
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "null":
        return None
    return valid_text(schema, rng)


def valid_text(schema, rng):
    if schema.get("format") == "date-time":
        return f"2026-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}T0{rng.randint(0, 9)}:00:00Z"
    if schema.get("format") == "uri":
        return "https://example.test/" + str(rng.randint(0, 99))
    least, most = schema.get("minLength", 0), schema.get("maxLength", 100)
    pattern = schema.get("pattern")
    for _ in range(60):
        text = rng.choice(WORDS) if rng.random() < 0.6 else "".join(
            rng.choice(string.ascii_lowercase + string.digits) for _ in range(rng.randint(max(1, least), max(1, least, min(most, 16)))))
        text = text[:most] + "a" * max(0, least - len(text))
        if not pattern or re.search(pattern, text):
            return text
    return "a" * max(1, least)


def invalid(contract, schema, rng):
    """A value that does not fit, and a word for what is wrong with it."""
    schema = contract.resolve(schema)
    good = valid(contract, schema, rng)
    if isinstance(good, dict):
        choice = rng.randrange(4)
        names = [name for name in schema.get("properties", {})]
        if choice == 0 and schema.get("required"):
            name = rng.choice(schema["required"])
            good.pop(name, None)
            return good, f"{name} missing"
        if choice == 1 and not schema.get("additionalProperties"):
            good["no_such_member"] = 1
            return good, "unknown member"
        if choice == 2 and names:
            name = rng.choice(names)
            member = contract.resolve(schema["properties"][name])
            if "type" in member:
                good[name] = wrong_kind(member["type"], rng)
                return good, f"{name} of another type"
        return rng.choice([[], "text", 7, None, True]), "no object"
    return wrong_kind(schema.get("type", "string"), rng), "another type"


def wrong_kind(kinds, rng):
    kinds = [kinds] if isinstance(kinds, str) else kinds
    options = {"object": {"a": 1}, "array": [[[]]], "string": "text", "integer": 1.5, "boolean": True, "null": None}
    return rng.choice([value for kind, value in options.items()
                       if kind not in kinds and not (kind == "integer" and "number" in kinds)
                       and not (kind in ("object",) and not kinds)])


# Bodies that no schema describes.
GARBAGE = [b"", b"{", b"[" * 5000, b'{"a":1,"a":2}', b"\xff\xfe", b'{"a":1e999}', b'{"a":"\\ud800"}', b"null", b"{}x",
           b'{"' + b"k" * 100_000 + b'":1}', b'{"a":' * 200 + b"1" + b"}" * 200, b"\x00", b'{"a":NaN}', b"'a'", b"<a/>"]


def seeded():
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    return random.Random(seed)
