// Which operation a path means.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rest/openapi_document.hpp"

namespace vedette::api {

class Router {
 public:
  // `operation` must outlive the router. invalid_argument: another one has the same method and path.
  base::Status add(const Operation& operation);

  struct Match {
    const Operation* operation = nullptr;  // null: no such path, or (if `allow` is not empty) method
    std::vector<std::string_view> values;  // of the segments that are parameters, in order
    std::string allow;                     // methods of the path: "GET, HEAD, OPTIONS"
  };
  // HEAD means GET. A literal segment goes before a parameter.
  Match find(std::string_view method, std::span<const std::string> segments) const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::map<std::string, const Operation*, std::less<>> operations;  // by method
  };
  static const Node* walk(const Node& node, std::span<const std::string> segments,
                          std::vector<std::string_view>& values);
  Node root_;
};

// The segments below `prefix` ("/api/v1") of a request's path; false if it is not below, or is written in a
// way that no link of ours is: empty segments, "." and "..", control characters, bytes that are not UTF-8.
bool api_segments(std::string_view path, const std::vector<std::string>& all, std::string_view prefix,
                  std::span<const std::string>& out);

}  // namespace vedette::api
