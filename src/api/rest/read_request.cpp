// Parameters and bodies, as openapi.yaml declares them.
#include <algorithm>

#include <fmt/format.h>

#include "rest/json_text.hpp"
#include "rest/pipeline.hpp"
#include "rest/problem.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

constexpr std::size_t kMaxParameterValues = 1000;

void add_error(std::vector<FieldProblem>& errors, std::string pointer, std::string message) {
  if (errors.size() < kMaxSchemaErrors) errors.push_back({std::move(pointer), std::move(message), 0});
}

Reply invalid(std::string_view what, std::vector<FieldProblem> errors) {
  const FieldProblem& first = errors.front();
  const std::string place = first.pointer.empty() ? std::string(what) : first.pointer;
  std::string detail = fmt::format("{}: {}", place, first.message);
  if (errors.size() > 1) detail += fmt::format(" (and {} more, see errors)", errors.size() - 1);
  return problem(422, "invalid", detail, std::move(errors));
}

bool is_parameter_text(std::string_view text) {
  return base::is_valid_utf8(text) && text.find('\0') == std::string_view::npos;
}

std::string text_of_value(const Json& value) {
  return value.is_string() ? std::string(value.get_string()) : write_json(value);
}

std::string_view place_name(Parameter::In in) {
  switch (in) {
    case Parameter::In::path:
      return "path";
    case Parameter::In::query:
      return "query";
    case Parameter::In::header:
      return "header";
  }
  return "query";
}

// The texts of a parameter in the request.
std::vector<std::string_view> texts_of(const RestRequest& request, const Parameter& parameter) {
  const net::HttpRequest& http = request.exchange->request();
  std::vector<std::string_view> out;
  if (parameter.in == Parameter::In::path) {
    out.push_back(request.path.find(parameter.name)->second);
  } else if (parameter.in == Parameter::In::query) {
    for (const auto& [name, value] : http.query) {
      if (name == parameter.name) out.emplace_back(value);
    }
  } else {
    for (const auto& [name, value] : http.headers) {
      if (base::equals_ignore_case_ascii(name, parameter.name)) out.emplace_back(value);
    }
  }
  return out;
}

void read_parameter(RestRequest& request, const Parameter& parameter, std::vector<FieldProblem>& errors) {
  const std::string pointer = fmt::format("{}:{}", place_name(parameter.in), parameter.name);
  const auto texts = texts_of(request, parameter);
  if (texts.size() > (parameter.array ? kMaxParameterValues : 1)) {
    return add_error(errors, pointer, "is there more than once");
  }
  if (!std::all_of(texts.begin(), texts.end(), is_parameter_text)) {
    return add_error(errors, pointer, "is not UTF-8, or has a NUL in it");
  }
  auto& values = request.parameters[parameter.name];
  if (texts.empty()) {
    if (parameter.required) add_error(errors, pointer, "is required");
    const auto& fallback =
        parameter.schema->fallback ? parameter.schema->fallback : parameter.schema->resolved().fallback;
    if (!fallback) return;
    if (!fallback->is_array()) return values.push_back(text_of_value(*fallback));
    for (const Json& item : fallback->get_array()) values.push_back(text_of_value(item));
    return;
  }
  Json value = parameter_value(*parameter.schema, texts);
  for (FieldProblem& error : validate(*parameter.schema, value, pointer)) {
    add_error(errors, std::move(error.pointer), std::move(error.message));
  }
  if (parameter.in != Parameter::In::path) values.assign(texts.begin(), texts.end());
}

void check_unknown(const RestRequest& request, std::vector<FieldProblem>& errors) {
  for (const auto& [name, value] : request.exchange->request().query) {
    if (request.operation->find(Parameter::In::query, name) != nullptr) continue;
    std::vector<std::string_view> known;
    for (const Parameter& parameter : request.operation->parameters) {
      if (parameter.in == Parameter::In::query) known.push_back(parameter.name);
    }
    const std::string_view near = base::nearest_name(name, known);
    std::string message = "is no parameter of this operation";
    if (!near.empty()) {
      message += fmt::format("; did you mean \"{}\"?", near);
    } else if (known.empty()) {
      message += "; it has none";
    } else {
      message += fmt::format("; it has {}", fmt::join(known, ", "));
    }
    add_error(errors, "query:" + base::to_valid_utf8(std::string_view(name).substr(0, 128)),
              std::move(message));
    if (errors.size() >= kMaxSchemaErrors) return;
  }
}

// The media type without parameters, lower case; empty: malformed, or another character set than UTF-8.
std::string media_type(std::string_view header) {
  const auto parts = base::split(header, ';');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string parameter = base::to_lower_ascii(base::trim(parts[i]));
    if (parameter.starts_with("charset=") && parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"")
      return {};
  }
  return base::to_lower_ascii(base::trim(parts.front()));
}

bool is_json_type(std::string_view type) {
  return type == "application/json" || type.ends_with("+json");
}

std::optional<Reply> parse_body(RestRequest& request, const MediaType& type) {
  const bool text_schema = (type.schema->resolved().types & Schema::kString) != 0;
  if (type.name == "application/octet-stream") return std::nullopt;  // any bytes
  if (!is_json_type(type.name)) {
    if (!base::is_valid_utf8(request.raw_body)) return problem(400, "bad-body", "The body is not UTF-8.");
    if (!text_schema) return std::nullopt;
    Json text = boost::json::string(request.raw_body);
    auto errors = validate(*type.schema, text);
    if (!errors.empty()) return invalid("the body", std::move(errors));
    return std::nullopt;
  }
  auto read = read_json(request.raw_body);
  if (!read.ok()) {
    const bool limit = read.error().code == base::ErrorCode::limit;
    return problem(limit ? 422 : 400, limit ? "limit" : "bad-json", read.error().message);
  }
  request.body = std::move(*read);
  auto errors = validate(*type.schema, request.body);
  if (!errors.empty()) return invalid("the body", std::move(errors));
  return std::nullopt;
}

}  // namespace

std::optional<Reply> read_parameters(RestRequest& request) {
  std::vector<FieldProblem> errors;
  check_unknown(request, errors);
  for (const Parameter& parameter : request.operation->parameters) {
    // If-Match is read by read_preconditions, which answers in its own way.
    if (parameter.in == Parameter::In::header && base::equals_ignore_case_ascii(parameter.name, "If-Match"))
      continue;
    read_parameter(request, parameter, errors);
  }
  if (!errors.empty()) return invalid("the request", std::move(errors));
  const net::HttpRequest& http = request.exchange->request();
  if (http.method == "POST" && !request.operation->idempotency && !http.header("Idempotency-Key").empty()) {
    return problem(422, "no-idempotency",
                   "This operation takes no Idempotency-Key: its answers are not kept.",
                   {{"header:Idempotency-Key", "is not taken here", 0}});
  }
  return std::nullopt;
}

std::optional<Reply> read_preconditions(RestRequest& request) {
  const Parameter* declared = request.operation->find(Parameter::In::header, "If-Match");
  if (declared == nullptr) return std::nullopt;
  const auto texts = texts_of(request, *declared);
  if (texts.empty()) {
    if (!declared->required) return std::nullopt;
    return problem(428, "if-match-required",
                   "Send If-Match with the ETag that was read, so that no change of others is lost.");
  }
  std::string_view text = texts.front();
  if (texts.size() > 1 || text.size() > 64 || text.find(',') != std::string_view::npos) {
    return problem(400, "bad-if-match", "If-Match takes one ETag, as it was read.");
  }
  if (text == "*") {
    request.if_match = ports::RecordWrite::kAnyVersion;
    return std::nullopt;
  }
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const auto version = base::parse_uint(text);
  if (!version || *version == ports::RecordWrite::kAnyVersion) {
    return problem(412, "changed", "The ETag of If-Match is none that this node gave: read it again.");
  }
  request.if_match = *version;
  return std::nullopt;
}

std::optional<Reply> read_request_body(RestRequest& request, std::size_t limit) {
  const Operation& operation = *request.operation;
  // The body goes first: a view of the request must not outlive a move.
  const std::string type = media_type(request.exchange->request().header("Content-Type"));
  request.raw_body = request.exchange->take_body();
  if (request.raw_body.size() > limit) {
    return problem(413, "too-large",
                   fmt::format("The body is larger than {} bytes, which this operation takes.", limit));
  }
  if (operation.media.empty()) {
    if (request.raw_body.empty()) return std::nullopt;
    return problem(400, "unexpected-body", "This operation takes no body.");
  }
  if (request.raw_body.empty()) {
    if (!operation.body_required) return std::nullopt;
    return problem(400, "missing-body", "This operation needs a body.");
  }
  for (const MediaType& known : operation.media) {
    if (known.name == type) return parse_body(request, known);
  }
  std::vector<std::string_view> names;
  for (const MediaType& known : operation.media) names.push_back(known.name);
  return problem(415, "media-type",
                 fmt::format("Content-Type must be {} (in UTF-8).", fmt::join(names, " or ")));
}

}  // namespace vedette::api
