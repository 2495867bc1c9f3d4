#include "rest/router.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "vedette/base/text.hpp"

namespace vedette::api {

base::Status Router::add(const Operation& operation) {
  Node* node = &root_;
  for (const std::string& segment : operation.segments) {
    std::unique_ptr<Node>& next = segment.front() == '{' ? node->parameter : node->literals[segment];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  const auto [at, added] = node->operations.emplace(operation.method, &operation);
  if (added) return base::ok_status();
  return base::make_error(base::ErrorCode::invalid_argument,
                          fmt::format("openapi.yaml: operations {} and {} have the same route {} {}",
                                      at->second->id, operation.id, operation.method, operation.path));
}

const Router::Node* Router::walk(const Node& node, std::span<const std::string> segments,
                                 std::vector<std::string_view>& values) {
  if (segments.empty()) return node.operations.empty() ? nullptr : &node;
  if (const auto literal = node.literals.find(segments.front()); literal != node.literals.end()) {
    if (const Node* found = walk(*literal->second, segments.subspan(1), values)) return found;
  }
  if (node.parameter == nullptr) return nullptr;
  values.push_back(segments.front());
  if (const Node* found = walk(*node.parameter, segments.subspan(1), values)) return found;
  values.pop_back();
  return nullptr;
}

Router::Match Router::find(std::string_view method, std::span<const std::string> segments) const {
  Match match;
  const Node* node = walk(root_, segments, match.values);
  if (node == nullptr) return match;
  for (const auto& [name, operation] : node->operations)
    match.allow += name + (name == "GET" ? ", HEAD, " : ", ");
  match.allow += "OPTIONS";
  const auto found = node->operations.find(method == "HEAD" ? "GET" : method);
  if (found != node->operations.end()) match.operation = found->second;
  return match;
}

bool api_segments(std::string_view path, const std::vector<std::string>& all, std::string_view prefix,
                  std::span<const std::string>& out) {
  if (!path.starts_with(prefix) || path.substr(prefix.size(), 1) != "/") return false;
  std::size_t length = 0;
  for (const std::string& segment : all) {
    // The reader of requests drops empty segments: with them the lengths differ.
    length += segment.size() + 1;
    if (segment == "." || segment == ".." || !base::is_valid_utf8(segment)) return false;
    const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    if (std::any_of(segment.begin(), segment.end(), control)) return false;
  }
  const std::vector<std::string_view> above = base::split(prefix.substr(1), '/');
  if (length != path.size() || all.size() <= above.size()) return false;
  if (!std::equal(above.begin(), above.end(), all.begin())) return false;
  out = std::span(all).subspan(above.size());
  return true;
}

}  // namespace vedette::api
