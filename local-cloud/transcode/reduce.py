#!/usr/bin/env python3
"""Writes `proto/`: the APIs whose calls are transcoded or checked, reduced to what is on the wire.

    pip install grpcio-tools googleapis-common-protos
    git clone --depth 1 https://github.com/googleapis/googleapis
    local-cloud/transcode/reduce.py googleapis

Packages, names, numbers, types and HTTP rules stay. Comments, and options that a server does not need,
go; so do messages that nothing refers to. Run `LONGSHORE_REGENERATE=1 cargo test --test generated_code`
afterwards.
"""

import pathlib
import subprocess
import sys
import tempfile

from google.api import annotations_pb2
from google.longrunning import operations_pb2  # noqa: F401: the types of operations are an option
from google.protobuf import descriptor_pb2

# The APIs, and what their messages contain inside of `google.protobuf.Any`.
ROOTS = """
google/api/serviceusage/v1/serviceusage.proto
google/api/serviceusage/v1beta1/serviceusage.proto
google/cloud/audit/audit_log.proto
google/cloud/billing/v1/cloud_billing.proto
google/cloud/eventarc/v1/eventarc.proto
google/cloud/functions/v1/functions.proto
google/cloud/functions/v2/functions.proto
google/cloud/kms/v1/service.proto
google/cloud/location/locations.proto
google/cloud/resourcemanager/v3/projects.proto
google/cloud/run/v2/build.proto
google/cloud/run/v2/revision.proto
google/cloud/run/v2/service.proto
google/cloud/scheduler/v1/cloudscheduler.proto
google/cloud/secretmanager/v1/service.proto
google/cloud/tasks/v2/cloudtasks.proto
google/devtools/artifactregistry/v1/service.proto
google/devtools/cloudbuild/v1/cloudbuild.proto
google/iam/admin/v1/iam.proto
google/iam/credentials/v1/iamcredentials.proto
google/logging/v2/logging.proto
google/longrunning/operations.proto
google/pubsub/v1/pubsub.proto
google/pubsub/v1/schema.proto
google/rpc/error_details.proto
""".split()

Field = descriptor_pb2.FieldDescriptorProto
SCALARS = {
    Field.TYPE_DOUBLE: "double", Field.TYPE_FLOAT: "float", Field.TYPE_INT64: "int64",
    Field.TYPE_UINT64: "uint64", Field.TYPE_INT32: "int32", Field.TYPE_FIXED64: "fixed64",
    Field.TYPE_FIXED32: "fixed32", Field.TYPE_BOOL: "bool", Field.TYPE_STRING: "string",
    Field.TYPE_BYTES: "bytes", Field.TYPE_UINT32: "uint32", Field.TYPE_SFIXED32: "sfixed32",
    Field.TYPE_SFIXED64: "sfixed64", Field.TYPE_SINT32: "sint32", Field.TYPE_SINT64: "sint64",
}  # fmt: skip
HTTP = annotations_pb2.http
BUILT_IN = "google/protobuf/"
# The file of each type in it. All others are wrappers of scalars.
BUILT_INS = {
    "Any": "any", "Api": "api", "Duration": "duration", "Empty": "empty", "FieldMask": "field_mask",
    "ListValue": "struct", "NullValue": "struct", "Struct": "struct", "Timestamp": "timestamp", "Value": "struct",
}  # fmt: skip
ANNOTATIONS = "google/api/annotations.proto"


def compiled(googleapis):
    """The files that the roots consist of, by name."""
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "all.bin"
        compiler = [sys.executable, "-m", "grpc_tools.protoc", "-I.", "--include_imports", "-o", out]
        subprocess.run([*compiler, *ROOTS], cwd=googleapis, check=True, stderr=subprocess.DEVNULL)
        parsed = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    return {file.name: file for file in parsed.file if not file.name.startswith(BUILT_IN)}


class Reduced:
    """What of the files is needed, and how it is written."""

    def __init__(self, files):
        self.files = files
        # The file of each top-level type, and the type.
        self.types = {}
        for file in files.values():
            for item in [*file.message_type, *file.enum_type]:
                self.types[f".{file.package}.{item.name}"] = (file.name, item)
        self.needed = {}
        roots = {*ROOTS, "google/api/http.proto"}
        for name, (file, _) in self.types.items():
            if file in roots:
                self.need(name)
        for root in ROOTS:
            for service in files[root].service:
                for method in service.method:
                    info = method.options.Extensions[operations_pb2.operation_info]
                    names = [method.input_type, method.output_type]
                    for packed in [info.response_type, info.metadata_type]:
                        qualified = packed if "." in packed else f"{files[root].package}.{packed}"
                        names.append(f".{qualified}" if packed else "")
                    for name in names:
                        self.need(name)

    def top(self, name):
        """The top-level type that a type is in, or is."""
        while name and name not in self.types:
            name = name.rpartition(".")[0]
        return name

    def need(self, name):
        name = self.top(name)
        if not name or name in self.needed:
            return
        self.needed[name] = True
        for reference in references(self.types[name][1]):
            self.need(reference)

    def imports(self, file, items):
        used = set()
        for item in items:
            for reference in references(item):
                used.add(self.file_of(reference))
        for service in file.service if file.name in ROOTS else []:
            used.add(ANNOTATIONS)
            for method in service.method:
                used |= {self.file_of(method.input_type), self.file_of(method.output_type)}
        if file.name == ANNOTATIONS:
            used |= {"google/api/http.proto", "google/protobuf/descriptor.proto"}
        return sorted(used - {file.name})

    def file_of(self, reference):
        if reference.startswith(".google.protobuf."):
            return f"google/protobuf/{BUILT_INS.get(reference.rpartition('.')[2], 'wrappers')}.proto"
        return self.types[self.top(reference)][0]

    def text(self, file):
        """The reduced file, or nothing if nothing of it is needed."""
        items = [item for name, (of, item) in self.types.items() if of == file.name and name in self.needed]
        services = file.service if file.name in ROOTS else []
        if not items and not services and file.name != ANNOTATIONS:
            return None
        lines = [
            "// Names, numbers, types and HTTP rules are Google's, because they are the wire format:",
            f"// https://github.com/googleapis/googleapis/blob/master/{file.name}",
            "// Reduced by local-cloud/transcode/reduce.py.",
            'syntax = "proto3";',
            "",
            f"package {file.package};",
            "",
        ]
        imports = self.imports(file, items)
        lines += [f'import "{name}";' for name in imports] + [""] * bool(imports)
        for extension in file.extension if file.name == ANNOTATIONS else []:
            lines += [f"extend {extension.extendee[1:]} {{", f"  {field(extension, {})}", "}", ""]
        for service in services:
            lines += service_lines(service)
        for item in items:
            lines += message(item) if isinstance(item, descriptor_pb2.DescriptorProto) else enum(item)
            lines.append("")
        return "\n".join(lines).rstrip() + "\n"


def service_lines(service):
    lines = [f"service {service.name} {{"]
    for method in service.method:
        sides = [(method.client_streaming, method.input_type), (method.server_streaming, method.output_type)]
        given, returned = (("stream " if streams else "") + name[1:] for streams, name in sides)
        head = f"  rpc {method.name}({given}) returns ({returned})"
        if not method.options.HasExtension(HTTP):
            lines.append(f"{head};")
            continue
        lines += [f"{head} {{", "    option (google.api.http) = {"]
        rule = method.options.Extensions[HTTP]
        lines += [f"      {line}" for line in rule_lines(rule)]
        for other in rule.additional_bindings:
            lines += ["      additional_bindings {", *(f"        {line}" for line in rule_lines(other)), "      }"]
        lines += ["    };", "  }"]
    return [*lines, "}", ""]


def rule_lines(rule):
    kind = rule.WhichOneof("pattern")
    value = getattr(rule, kind)
    if kind == "custom":
        lines = [f'custom {{ kind: "{value.kind}" path: "{value.path}" }}']
    else:
        lines = [f'{kind}: "{value}"']
    return lines + [f'{name}: "{getattr(rule, name)}"' for name in ["body", "response_body"] if getattr(rule, name)]


def references(item):
    """The types that a type refers to."""
    if isinstance(item, descriptor_pb2.EnumDescriptorProto):
        return
    yield from (field.type_name for field in item.field if field.type_name)
    for nested in item.nested_type:
        yield from references(nested)


def message(item, indent=""):
    maps = {nested.name: nested for nested in item.nested_type if nested.options.map_entry}
    nested = [nested for nested in item.nested_type if nested.name not in maps]
    lines = [f"{indent}message {item.name} {{"]
    for inner in item.enum_type:
        lines += enum(inner, indent + "  ")
    for inner in nested:
        lines += message(inner, indent + "  ")
    opened = None
    for each in item.field:
        group = each.oneof_index if each.HasField("oneof_index") and not each.proto3_optional else None
        if opened is not None and group != opened:
            lines.append(f"{indent}  }}")
        if group is not None and group != opened:
            lines.append(f"{indent}  oneof {item.oneof_decl[group].name} {{")
        opened = group
        lines.append(indent + ("  " if group is None else "    ") + field(each, maps))
    if opened is not None:
        lines.append(f"{indent}  }}")
    return [*lines, indent + "}"]


def field(each, maps):
    entry = maps.get(each.type_name.rpartition(".")[2]) if each.label == Field.LABEL_REPEATED else None
    if entry:
        kind = f"map<{kind_of(entry.field[0])}, {kind_of(entry.field[1])}>"
    else:
        repeated = "repeated " if each.label == Field.LABEL_REPEATED else ""
        kind = repeated + ("optional " if each.proto3_optional else "") + kind_of(each)
    first, *rest = each.name.split("_")
    camel = first + "".join(part[:1].upper() + part[1:] for part in rest)
    named = f' [json_name = "{each.json_name}"]' if each.json_name not in ("", camel) else ""
    return f"{kind} {each.name} = {each.number}{named};"


def kind_of(each):
    return SCALARS.get(each.type) or each.type_name


def enum(item, indent=""):
    lines = [f"{indent}enum {item.name} {{"]
    if item.options.allow_alias:
        lines.append(f"{indent}  option allow_alias = true;")
    lines += [f"{indent}  {value.name} = {value.number};" for value in item.value]
    return [*lines, indent + "}"]


def main():
    files = compiled(sys.argv[1])
    assert all(file.syntax == "proto3" for file in files.values())
    reduced = Reduced(files)
    folder = pathlib.Path(__file__).parent / "proto"
    for file in files.values():
        if text := reduced.text(file):
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


if __name__ == "__main__":
    main()
