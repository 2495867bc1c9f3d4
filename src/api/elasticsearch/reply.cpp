#include "elasticsearch/reply.hpp"

#include "vedette/base/json_writer.hpp"

namespace vedette::api::es {

std::string fault_body(const Fault& fault) {
  std::string out;
  base::JsonWriter json(out);
  const auto cause = [&] {
    json.field("type", fault.type).field("reason", fault.reason);
    if (!fault.index.empty()) json.field("index", fault.index);
  };
  json.begin_object().key("error").begin_object().key("root_cause").begin_array().begin_object();
  cause();
  json.end_object().end_array();
  cause();
  json.end_object().key("status").number(fault.status).end_object();
  return out;
}

Reply fault_reply(const Fault& fault) {
  return {fault.status, fault_body(fault)};
}

Fault illegal(std::string reason) {
  return {400, "illegal_argument_exception", std::move(reason), {}};
}

Fault fault_of(const base::Error& error) {
  switch (error.code) {
    case base::ErrorCode::invalid_argument:
    case base::ErrorCode::unsupported:
      return illegal(error.message);
    case base::ErrorCode::limit:
      return {429, "circuit_breaking_exception", error.message, {}};
    case base::ErrorCode::cancelled:
      return {400, "task_cancelled_exception", error.message, {}};
    default:
      return {500, "search_phase_execution_exception", error.message, {}};
  }
}

Reply error_reply(const base::Error& error) {
  return fault_reply(fault_of(error));
}

void put_first(std::string& object, std::string_view key, std::string_view text) {
  std::string member = "{";
  base::append_json_string(member, key);
  member += ':';
  base::append_json_string(member, text);
  member += ',';
  object.replace(0, 1, member);
}

}  // namespace vedette::api::es
