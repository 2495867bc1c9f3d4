#include "elasticsearch/body.hpp"

#include <cmath>

#include "vedette/base/text.hpp"
#include "vedette/model/value.hpp"

namespace vedette::query::es {

using base::ErrorCode;
using model::Value;
using Type = simdjson::dom::element_type;

base::Error invalid(const std::string& path, std::string_view what) {
  return base::make_error(ErrorCode::invalid_argument,
                          (path.empty() ? "body" : path) + ": " + std::string(what));
}

base::Error unsupported(const std::string& path) {
  return base::make_error(ErrorCode::unsupported, path + ": not supported");
}

std::string child_path(const std::string& path, std::string_view key) {
  const std::string shown = base::escape_control(key.substr(0, 200));
  return path.empty() ? shown : path + "." + shown;
}

base::Result<std::vector<Member>> members_of(const Node& node) {
  simdjson::dom::object object;
  if (node.element.get(object) != simdjson::SUCCESS) return invalid(node.path, "an object is expected");
  std::vector<Member> out;
  for (const auto member : object) {
    out.push_back({std::string(member.key), {member.value, child_path(node.path, member.key)}});
  }
  return out;
}

std::vector<Node> items_of(const Node& node) {
  simdjson::dom::array array;
  if (node.element.get(array) != simdjson::SUCCESS) return {node};
  std::vector<Node> out;
  for (const auto item : array) out.push_back({item, node.path + "[" + std::to_string(out.size()) + "]"});
  return out;
}

base::Result<Member> single_member(const Node& node) {
  TRY_ASSIGN(std::vector<Member> members, members_of(node));
  if (members.size() != 1) return invalid(node.path, "exactly one name is expected here");
  return std::move(members.front());
}

base::Result<std::string> text_of(const Node& node) {
  std::string_view text;
  if (node.element.get(text) != simdjson::SUCCESS) return invalid(node.path, "a string is expected");
  return std::string(text);
}

base::Result<std::string> scalar_of(const Node& node) {
  model::TextBuffer buffer;
  switch (node.element.type()) {
    case Type::STRING:
      return text_of(node);
    case Type::BOOL:
      return std::string(node.element.get_bool().value_unsafe() ? "true" : "false");
    case Type::INT64:
      return std::to_string(node.element.get_int64().value_unsafe());
    case Type::UINT64:
      return std::to_string(node.element.get_uint64().value_unsafe());
    case Type::DOUBLE:
      return std::string(model::text_of(Value::real(node.element.get_double().value_unsafe()), buffer));
    default:
      return invalid(node.path, "a string, a number or a boolean is expected");
  }
}

base::Result<bool> flag_of(const Node& node) {
  bool flag = false;
  if (node.element.get(flag) == simdjson::SUCCESS) return flag;
  std::string_view text;
  if (node.element.get(text) == simdjson::SUCCESS && (text == "true" || text == "false"))
    return text == "true";
  return invalid(node.path, "true or false is expected");
}

base::Result<std::int64_t> integer_of(const Node& node, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  std::string_view text;
  if (node.element.get(text) == simdjson::SUCCESS) {
    const auto parsed = base::parse_int(text);
    if (!parsed) return invalid(node.path, "an integer is expected");
    number = *parsed;
  } else if (node.element.get(number) != simdjson::SUCCESS) {
    return invalid(node.path, "an integer is expected");
  }
  if (number < least || number > most) {
    return invalid(node.path, "must be from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

base::Result<double> number_of(const Node& node) {
  double number = 0;
  std::string_view text;
  if (node.element.get(text) == simdjson::SUCCESS) {
    if (const auto parsed = base::parse_double(text)) return *parsed;
  } else if (node.element.get(number) == simdjson::SUCCESS && std::isfinite(number)) {
    return number;
  }
  return invalid(node.path, "a number is expected");
}

base::Result<model::Literal> literal_of(const Node& node) {
  switch (node.element.type()) {
    case Type::NULL_VALUE:
      return model::Literal{};
    case Type::BOOL:
      return model::Literal(node.element.get_bool().value_unsafe());
    case Type::INT64:
      return model::Literal(node.element.get_int64().value_unsafe());
    case Type::DOUBLE:
      return model::Literal(node.element.get_double().value_unsafe());
    default: {
      TRY_ASSIGN(std::string text, scalar_of(node));
      return model::Literal(std::move(text));
    }
  }
}

base::Result<std::vector<std::string>> texts_of(const Node& node) {
  std::vector<std::string> out;
  for (const Node& item : items_of(node)) {
    TRY_ASSIGN(std::string text, text_of(item));
    out.push_back(std::move(text));
  }
  return out;
}

bool is_empty(const Node& node) {
  switch (node.element.type()) {
    case Type::NULL_VALUE:
      return true;
    case Type::BOOL:
      return !node.element.get_bool().value_unsafe();
    case Type::STRING:
      return node.element.get_string().value_unsafe().empty();
    case Type::ARRAY:
      return node.element.get_array().value_unsafe().size() == 0;
    case Type::OBJECT:
      return node.element.get_object().value_unsafe().size() == 0;
    default:
      return false;
  }
}

}  // namespace vedette::query::es
