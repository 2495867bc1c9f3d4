#include "vedette/api/operations.hpp"

#include <algorithm>
#include <memory>

#include "vedette/base/json_writer.hpp"

namespace vedette::api {
namespace {

net::HttpResponse text(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
  net::HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", std::move(type)},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}};
  response.body = std::move(body);
  return response;
}

net::HttpResponse ready(const Operations& operations) {
  std::string problems;
  for (const ReadyCheck& check : operations.ready()) {
    if (!check.problem.empty()) problems += check.name + ": " + check.problem + "\n";
  }
  return problems.empty() ? text(200, "ready\n") : text(503, std::move(problems));
}

net::HttpResponse status(const Operations& operations) {
  std::string body;
  base::JsonWriter json(body);
  json.begin_object();
  json.field("version", operations.version);
  bool well = true;
  json.key("checks").begin_object();
  for (const ReadyCheck& check : operations.ready()) {
    json.field(check.name, check.problem.empty() ? std::string_view("ok") : std::string_view(check.problem));
    well = well && check.problem.empty();
  }
  json.end_object();
  json.field("ready", well);
  json.key("facts").begin_object();
  for (const auto& [name, value] : operations.facts()) json.field(name, value);
  json.end_object().end_object();
  body += '\n';
  return text(200, std::move(body), "application/json");
}

net::HttpResponse page(const Operations& operations) {
  std::size_t width = 0;
  const auto facts = operations.facts();
  for (const auto& [name, value] : facts) width = std::max(width, name.size());
  std::string body = "Vedette " + operations.version + "\n\n";
  for (const auto& [name, value] : facts)
    body += "  " + name + std::string(width + 2 - name.size(), ' ') + value + "\n";
  return text(200, body + "\n  /livez /readyz /status /metrics\n");
}

net::HttpResponse answer(const Operations& operations, const net::HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    net::HttpResponse response = text(405, "only GET and HEAD\n");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (request.path == "/livez") return text(200, "alive\n");
  if (request.path == "/readyz") return ready(operations);
  if (request.path == "/status") return status(operations);
  if (request.path == "/metrics") {
    return text(200, operations.metrics->render(), "text/plain; version=0.0.4; charset=utf-8");
  }
  if (request.path == "/") return page(operations);
  return text(404, "no such page; see /\n");
}

}  // namespace

bool is_operation(std::string_view path) {
  return path == "/livez" || path == "/readyz" || path == "/status" || path == "/metrics";
}

net::HttpHandler make_operations(Operations operations) {
  auto shared = std::make_shared<const Operations>(std::move(operations));
  return
      [shared](const net::ExchangePtr& exchange) { exchange->respond(answer(*shared, exchange->request())); };
}

}  // namespace vedette::api
