// Any request to the REST API up to its handler: the route, credentials, parameters, preconditions and the
// body. What passes is of its schema; what does not is answered by a well-formed problem.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http_parser.hpp"
#include "rest/credentials.hpp"
#include "rest/json_text.hpp"
#include "rest/openapi_document.hpp"
#include "rest/pipeline.hpp"
#include "rest/router.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

namespace {

using namespace vedette;
using namespace vedette::api;

constexpr std::string_view kOperations = R"(openapi: 3.1.0
info: {title: Fuzz, version: "1"}
components:
  schemas:
    Filter:
      oneOf:
        - {type: object, required: [not], properties: {not: {$ref: "#/components/schemas/Filter"}}}
        - {type: object, required: [all], properties: {all: {type: array, items: {$ref: "#/components/schemas/Filter"}}}}
        - {type: object, required: [field], properties: {field: {type: string, minLength: 1}, boost: {type: number, default: 1}}}
        - {type: string}
    Body:
      type: object
      required: [name]
      properties:
        name: {type: string, minLength: 1, maxLength: 8, pattern: "^[a-z]+$"}
        level: {type: string, enum: [low, high], default: low}
        count: {type: [integer, "null"], minimum: 0, maximum: 100, default: 3}
        when: {type: string, format: date-time}
        where: {type: string, format: cidr}
        tags: {type: array, items: {type: string}, uniqueItems: true, maxItems: 4}
        filter: {$ref: "#/components/schemas/Filter"}
        more: {type: object, additionalProperties: {type: integer}}
paths:
  /a:
    get:
      operationId: a
      tags: [about]
      x-permission: self
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 9, default: 5}}
        - {name: tag, in: query, schema: {type: array, items: {type: string, maxLength: 4}}}
        - {name: on, in: query, schema: {type: boolean}}
        - {name: X-Thing, in: header, schema: {type: number}}
      responses: {"200": {description: x}}
    post:
      operationId: b
      tags: [about]
      x-permission: self
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Body"}}
          application/yaml: {schema: {type: string, maxLength: 20}}
      responses: {"200": {description: x}}
  /a/{id}/b/{name}:
    put:
      operationId: c
      tags: [about]
      x-permission: self
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: name, in: path, required: true, schema: {type: string, maxLength: 8}}
        - {name: If-Match, in: header, required: true, schema: {type: string}}
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Filter"}}}}
      responses: {"200": {description: x}}
)";

class HeldExchange final : public net::HttpExchange {
 public:
  explicit HeldExchange(net::HttpRequest request) : request_(std::move(request)) {}
  const net::HttpRequest& request() const override { return request_; }
  std::string take_body() override { return std::move(request_.body); }
  void respond(net::HttpResponse) override {}
  void begin(net::HttpResponse) override {}
  bool write(std::string_view) override { return false; }
  void end() override {}
  bool client_gone() const override { return false; }

 private:
  net::HttpRequest request_;
};

struct Api {
  std::unique_ptr<OpenApi> openapi;
  Router router;
};

const Api& the_api() {
  static const Api* const api = [] {
    auto* made = new Api;
    auto openapi = OpenApi::parse(kOperations);
    CHECK(openapi.ok());
    made->openapi = std::move(*openapi);
    for (const Operation& operation : made->openapi->operations()) CHECK(made->router.add(operation).ok());
    return made;
  }();
  return *api;
}

void check_problem(Reply reply, const RestRequest& request) {
  CHECK(reply.status >= 400 && reply.status < 500);
  const net::HttpResponse response = make_response(std::move(reply), request);
  const auto body = read_json(response.body);
  CHECK(body.ok() && body->is_object() && body->get_object().contains("type"));
  for (const auto& [name, value] : response.headers) {
    CHECK(!name.empty() && value.find_first_of("\r\n") == std::string::npos);
  }
}

// What was let through is as the operation says, and stays so when it is written and read again.
void check_accepted(const RestRequest& request) {
  for (const Parameter& parameter : request.operation->parameters) {
    const auto values = request.parameters.find(parameter.name);
    if (values == request.parameters.end() || values->second.empty()) continue;
    const std::vector<std::string_view> texts(values->second.begin(), values->second.end());
    Json value = parameter_value(*parameter.schema, texts);
    CHECK(validate(*parameter.schema, value).empty());
  }
  if (request.body.is_null()) return;
  const std::string text = write_json(request.body);
  auto again = read_json(text, {64, 2'000'000, 20'000});
  CHECK(again.ok() && write_json(*again) == text);
  Json body = request.body;
  CHECK(validate(*request.operation->media.front().schema, body).empty());
  CHECK(write_json(body) == text);
}

// The first byte says how much of the request is given: all of it, or only the body, or only the target.
std::string request_text(std::uint8_t form, std::string_view rest) {
  constexpr std::string_view kEnd = " HTTP/1.1\r\nHost: x\r\n";
  std::string out;
  switch (form % 4) {
    case 0:
      return std::string(rest);
    case 1:
      return out.append("POST /api/v1/a")
          .append(kEnd)
          .append("Content-Type: application/json\r\n\r\n")
          .append(rest);
    case 2:
      return out.append("PUT /api/v1/a/1/b/x")
          .append(kEnd)
          .append("If-Match: 1\r\nContent-Type: application/json\r\n\r\n")
          .append(rest);
    default:
      return out.append("GET /api/v1/a").append(rest).append(kEnd).append("X-Thing: 1\r\n\r\n");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view given(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto json = read_json(given);
  if (json.ok()) CHECK(read_json(write_json(*json), {64, 2'000'000, 20'000}).ok());

  const std::string text = request_text(data[0], given);
  const std::string_view bytes = text;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  net::HttpRequest http;
  net::RequestFraming framing;
  if (parse_head(bytes.substr(0, end + 4), http, framing)) return 0;
  http.body = std::string(bytes.substr(end + 4));

  RequestCredentials credentials;
  RestRequest request;
  request.exchange = std::make_shared<HeldExchange>(std::move(http));
  const net::HttpRequest& head = request.exchange->request();
  if (auto refusal = read_credentials(head, true, credentials)) check_problem(std::move(*refusal), request);
  static_cast<void>(page_origin(head, {}));

  std::span<const std::string> segments;
  if (!api_segments(head.path, head.segments, kApiPrefix, segments)) return 0;
  const Router::Match match = the_api().router.find(head.method, segments);
  if (match.operation == nullptr) return 0;
  request.operation = match.operation;
  std::size_t next = 0;
  for (const std::string& segment : match.operation->segments) {
    if (segment.front() != '{') continue;
    CHECK(next < match.values.size() && base::is_valid_utf8(match.values[next]));
    request.path.emplace(segment.substr(1, segment.size() - 2), match.values[next++]);
  }
  auto refusal = read_preconditions(request);
  if (!refusal) refusal = read_parameters(request);
  if (!refusal) refusal = read_request_body(request, 1 << 16);
  if (refusal) {
    check_problem(std::move(*refusal), request);
  } else {
    check_accepted(request);
  }
  return 0;
}
