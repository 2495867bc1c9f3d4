#include "rest/openapi_document.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "rest/json_text.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/embedded.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/yaml.hpp"

extern "C" const char vedette_api_document_begin[], vedette_api_document_end[];

namespace vedette::api {
namespace {

base::Error bad_openapi(std::string_view where, std::string_view what) {
  return base::make_error(base::ErrorCode::invalid_argument,
                          fmt::format("openapi.yaml: {}: {}", where, what));
}

Json yaml_scalar(const base::YamlNode& node) {
  std::int64_t integer = 0;
  double real = 0;
  bool truth = false;
  if (node.quoted) return Json(boost::json::string(node.scalar));
  if (base::yaml_is_bool(node, truth)) return truth;
  if (base::yaml_is_int(node, integer)) return integer;
  if (base::yaml_is_float(node, real)) return real;
  return Json(boost::json::string(node.scalar));
}

Json yaml_to_json(const base::YamlNode& node) {
  switch (node.kind) {
    case base::YamlNode::Kind::null:
      return nullptr;
    case base::YamlNode::Kind::scalar:
      return yaml_scalar(node);
    case base::YamlNode::Kind::sequence: {
      boost::json::array items;
      for (const base::YamlNode& item : node.items) items.push_back(yaml_to_json(item));
      return items;
    }
    case base::YamlNode::Kind::mapping: {
      boost::json::object object;
      for (const auto& [key, value] : node.entries) object.emplace(key.scalar, yaml_to_json(value));
      return object;
    }
  }
  return nullptr;
}

// Every $ref of the document leads somewhere.
base::Status check_references(const Json& document, const Json& at, const std::string& where) {
  if (const auto* items = at.if_array()) {
    for (const Json& item : *items) TRY(check_references(document, item, where));
  }
  const auto* object = at.if_object();
  if (object == nullptr) return base::ok_status();
  for (const auto& [name, value] : *object) {
    if (std::string_view(name) == "$ref" && value.is_string() &&
        find_pointer(document, std::string_view(value.get_string())) == nullptr) {
      return bad_openapi(where,
                         fmt::format("$ref \"{}\" leads nowhere", std::string_view(value.get_string())));
    }
    TRY(check_references(document, value, where.size() < 200 ? where + "/" + std::string(name) : where));
  }
  return base::ok_status();
}

std::string_view text_of(const boost::json::object& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

base::Status check_names(const boost::json::object& object, std::initializer_list<std::string_view> known,
                         std::string_view where) {
  for (const auto& [key, value] : object) {
    const std::string_view name(key);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return bad_openapi(where, fmt::format("unknown key \"{}\"", name));
    }
  }
  return base::ok_status();
}

base::Status read_truth(bool& out, const boost::json::object& object, std::string_view name,
                        std::string_view where) {
  const Json* value = object.if_contains(name);
  if (value == nullptr) return base::ok_status();
  if (!value->is_bool()) return bad_openapi(where, fmt::format("{} is neither true nor false", name));
  out = value->get_bool();
  return base::ok_status();
}

constexpr std::array<std::string_view, 5> kMethods = {"get", "post", "put", "patch", "delete"};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

bool is_operation_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && id.front() >= 'a' && id.front() <= 'z' &&
         std::all_of(id.begin(), id.end(), [](char c) { return base::is_alnum(c) || c == '_'; });
}

}  // namespace

const Parameter* Operation::find(Parameter::In in, std::string_view name) const {
  for (const Parameter& parameter : parameters) {
    if (parameter.in != in) continue;
    const bool same = in == Parameter::In::header ? base::equals_ignore_case_ascii(parameter.name, name)
                                                  : parameter.name == name;
    if (same) return &parameter;
  }
  return nullptr;
}

base::Result<std::unique_ptr<OpenApi>> OpenApi::parse(std::string_view yaml) {
  std::unique_ptr<OpenApi> made(new OpenApi);
  TRY(made->read(yaml));
  return made;
}

base::Status OpenApi::read(std::string_view yaml) {
  const base::YamlStream stream = base::parse_yaml(yaml, "openapi.yaml");
  if (base::has_errors(stream.diagnostics) || stream.documents.size() != 1) {
    return bad_openapi("document", stream.diagnostics.empty() ? "not one YAML document"
                                                              : stream.diagnostics.front().to_string());
  }
  document_ = yaml_to_json(stream.documents.front());
  yaml_ = std::string(yaml);
  json_ = write_json(document_);
  const auto* root = document_.if_object();
  const Json* paths = root == nullptr ? nullptr : root->if_contains("paths");
  if (paths == nullptr) return bad_openapi("document", "it has no paths");
  TRY(check_references(document_, document_, "#"));
  schemas_ = std::make_unique<SchemaSet>(document_);
  if (const Json* all = find_pointer(document_, "#/components/schemas"); all != nullptr && all->is_object()) {
    for (const auto& [name, schema] : all->get_object()) {
      const std::string reference = fmt::format("#/components/schemas/{}", std::string_view(name));
      TRY(schemas_->compile(boost::json::object{{"$ref", reference}}, reference));
    }
  }
  if (!paths->is_object()) return paths->is_null() ? base::ok_status() : bad_openapi("paths", "no object");
  for (const auto& [key, item] : paths->get_object()) {
    const std::string_view path(key);
    const auto* of_path = item.if_object();
    if (of_path == nullptr) return bad_openapi(path, "no object");
    for (const auto& [name, operation] : *of_path) {
      const std::string_view method(name);
      if (method == "parameters" || method == "summary" || method == "description") continue;
      if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end() || !operation.is_object()) {
        return bad_openapi(path, fmt::format("unknown key \"{}\"", method));
      }
      TRY(read_operation(path, method, *of_path, operation.get_object()));
    }
  }
  return schemas_->check_defaults();
}

base::Status OpenApi::read_operation(std::string_view path, std::string_view method,
                                     const boost::json::object& of_path,
                                     const boost::json::object& operation) {
  Operation out;
  out.method = upper(method);
  out.path = std::string(path);
  out.id = std::string(text_of(operation, "operationId"));
  const std::string where = fmt::format("{} {}", out.method, path);
  if (out.id.empty()) return bad_openapi(where, "it has no operationId");
  if (!is_operation_id(out.id)) return bad_openapi(where, "its operationId is no name");
  for (const Operation& other : operations_) {
    if (other.id == out.id) return bad_openapi(where, fmt::format("operationId {} is taken", out.id));
  }
  if (!path.starts_with('/') || path.size() < 2) return bad_openapi(where, "its path does not begin with /");
  for (const std::string_view segment : base::split(path.substr(1), '/')) {
    const bool name = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
    if (segment.empty() || (!name && segment.find_first_of("{}%") != std::string_view::npos)) {
      return bad_openapi(where, "its path has a malformed segment");
    }
    out.segments.emplace_back(segment);
  }
  TRY(read_keywords(out, operation));
  if (const Json* list = of_path.if_contains("parameters")) TRY(read_parameters(out, *list));
  if (const Json* list = operation.if_contains("parameters")) TRY(read_parameters(out, *list));
  for (const std::string& segment : out.segments) {
    const std::string_view name = std::string_view(segment).substr(1, segment.size() - 2);
    if (segment.front() == '{' && out.find(Parameter::In::path, name) == nullptr) {
      return bad_openapi(out.id, fmt::format("{} is not among its parameters", segment));
    }
  }
  TRY(read_body(out, operation));
  TRY(read_responses(out, operation));
  const bool declared = out.find(Parameter::In::header, "Idempotency-Key") != nullptr;
  bool kept = declared;
  TRY(read_truth(kept, operation, "x-idempotency", out.id));
  if (kept && !declared) return bad_openapi(out.id, "x-idempotency without a parameter Idempotency-Key");
  out.idempotency = kept;
  if (out.idempotency && (out.method != "POST" || out.stream || out.who == Operation::Who::anyone)) {
    return bad_openapi(out.id, "Idempotency-Key is for POSTs of people who signed in");
  }
  operations_.push_back(std::move(out));
  return base::ok_status();
}

base::Status OpenApi::read_keywords(Operation& out, const boost::json::object& operation) {
  TRY(check_names(operation,
                  {"operationId", "tags", "summary", "description", "parameters", "requestBody", "responses",
                   "deprecated", "security", "x-permission", "x-audit", "x-step-up", "x-stream",
                   "x-idempotency", "x-max-body"},
                  out.id));
  const std::string_view permission = text_of(operation, "x-permission");
  if (permission.empty()) return bad_openapi(out.id, "it has no x-permission");
  if (permission == "public") {
    out.who = Operation::Who::anyone;
  } else if (permission == "self") {
    out.who = Operation::Who::signed_in;
  } else if (const auto known = find_permission(permission)) {
    out.permission = *known;
  } else {
    return bad_openapi(out.id, fmt::format("unknown permission \"{}\"", permission));
  }
  out.audit = out.safe() ? Operation::Audit::read : Operation::Audit::change;
  if (operation.contains("x-audit")) {
    const std::string_view audit = text_of(operation, "x-audit");
    if (audit != "no" && audit != "read" && audit != "change") {
      return bad_openapi(out.id, "x-audit is none of \"no\", \"read\", \"change\"");
    }
    out.audit = audit == "no"     ? Operation::Audit::none
                : audit == "read" ? Operation::Audit::read
                                  : Operation::Audit::change;
  }
  TRY(read_truth(out.step_up, operation, "x-step-up", out.id));
  TRY(read_truth(out.stream, operation, "x-stream", out.id));
  if (out.step_up && out.who == Operation::Who::anyone) {
    return bad_openapi(out.id, "x-step-up of a public operation");
  }
  if (const Json* bytes = operation.if_contains("x-max-body")) {
    if (!bytes->is_int64() || bytes->get_int64() <= 0)
      return bad_openapi(out.id, "x-max-body is no number of bytes");
    out.max_body_bytes = static_cast<std::size_t>(bytes->get_int64());
  }
  const Json* tags = operation.if_contains("tags");
  if (tags == nullptr || !tags->is_array() || tags->get_array().size() != 1 ||
      !tags->get_array()[0].is_string()) {
    return bad_openapi(out.id, "it has not one tag");
  }
  out.tag = std::string(tags->get_array()[0].get_string());
  return base::ok_status();
}

base::Result<const boost::json::object*> OpenApi::resolve(const Json& value, const std::string& where) const {
  const Json* at = &value;
  for (int hops = 0; hops < 8; ++hops) {
    const auto* object = at == nullptr ? nullptr : at->if_object();
    if (object == nullptr) break;
    const std::string_view reference = text_of(*object, "$ref");
    if (reference.empty()) return object;
    at = find_pointer(document_, reference);
  }
  return bad_openapi(where, "no object, or a $ref that leads nowhere");
}

base::Status OpenApi::read_parameters(Operation& out, const Json& list) {
  if (!list.is_array()) return bad_openapi(out.id, "parameters is no list");
  for (const Json& item : list.get_array()) {
    TRY_ASSIGN(const boost::json::object* object, resolve(item, out.id));
    TRY(check_names(
        *object,
        {"name", "in", "required", "description", "schema", "example", "deprecated", "explode", "style"},
        out.id));
    Parameter parameter;
    parameter.name = std::string(text_of(*object, "name"));
    const std::string where = fmt::format("{}, parameter {}", out.id, parameter.name);
    const std::string_view in = text_of(*object, "in");
    if (in != "path" && in != "query" && in != "header") return bad_openapi(where, "unknown place");
    parameter.in = in == "path"    ? Parameter::In::path
                   : in == "query" ? Parameter::In::query
                                   : Parameter::In::header;
    if (parameter.name.empty() || out.find(parameter.in, parameter.name) != nullptr) {
      return bad_openapi(where, "no name, or the name twice");
    }
    TRY(read_truth(parameter.required, *object, "required", where));
    const Json* schema = object->if_contains("schema");
    if (schema == nullptr) return bad_openapi(where, "it has no schema");
    TRY_ASSIGN(parameter.schema, schemas_->compile(*schema, where));
    const std::uint8_t types = parameter.schema->resolved().types;
    parameter.array = (types & Schema::kArray) != 0;
    if (types == 0 || (types & Schema::kObject) != 0) return bad_openapi(where, "its type fits no parameter");
    if (parameter.array && parameter.in != Parameter::In::query)
      return bad_openapi(where, "a list outside the query");
    if (parameter.in == Parameter::In::path &&
        (!parameter.required || std::find(out.segments.begin(), out.segments.end(),
                                          "{" + parameter.name + "}") == out.segments.end())) {
      return bad_openapi(where, "it is not in the path, or not required");
    }
    out.parameters.push_back(std::move(parameter));
  }
  return base::ok_status();
}

base::Status OpenApi::read_body(Operation& out, const boost::json::object& operation) {
  const Json* body = operation.if_contains("requestBody");
  if (body == nullptr) return base::ok_status();
  if (out.safe()) return bad_openapi(out.id, "a GET takes no body");
  TRY_ASSIGN(const boost::json::object* object, resolve(*body, out.id));
  TRY(check_names(*object, {"required", "description", "content"}, out.id));
  TRY(read_truth(out.body_required, *object, "required", out.id));
  const Json* content = object->if_contains("content");
  if (content == nullptr || !content->is_object() || content->get_object().empty()) {
    return bad_openapi(out.id, "its body has no content");
  }
  for (const auto& [name, media] : content->get_object()) {
    const auto* of_media = media.if_object();
    const Json* schema = of_media == nullptr ? nullptr : of_media->if_contains("schema");
    if (schema == nullptr) return bad_openapi(out.id, "its body has no schema");
    MediaType& type = out.media.emplace_back();
    type.name = base::to_lower_ascii(std::string_view(name));
    TRY_ASSIGN(type.schema, schemas_->compile(*schema, fmt::format("{}, body", out.id)));
  }
  return base::ok_status();
}

base::Status OpenApi::read_responses(const Operation& of, const boost::json::object& operation) {
  const Json* responses = operation.if_contains("responses");
  if (responses == nullptr || !responses->is_object() || responses->get_object().empty()) {
    return bad_openapi(of.id, "it has no responses");
  }
  for (const auto& [status, response] : responses->get_object()) {
    const std::string where = fmt::format("{}, response {}", of.id, std::string_view(status));
    TRY_ASSIGN(const boost::json::object* object, resolve(response, where));
    const Json* content = object->if_contains("content");
    if (content == nullptr) continue;
    if (!content->is_object()) return bad_openapi(where, "its content is no object");
    for (const auto& [name, media] : content->get_object()) {
      const auto* of_media = media.if_object();
      const Json* schema = of_media == nullptr ? nullptr : of_media->if_contains("schema");
      if (schema != nullptr) TRY(schemas_->compile(*schema, where));
    }
  }
  return base::ok_status();
}

std::string_view embedded_openapi() {
  const std::string_view tar(vedette_api_document_begin,
                             static_cast<std::size_t>(vedette_api_document_end - vedette_api_document_begin));
  for (const base::EmbeddedFile& file : base::read_embedded_tar(tar)) {
    if (file.path == "openapi.yaml") return file.bytes;
  }
  CHECK(false);
}

}  // namespace vedette::api
