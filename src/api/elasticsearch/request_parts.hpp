// What a request says in its URL and in the parts of its body that the end points look at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elasticsearch/reply.hpp"
#include "vedette/base/time.hpp"
#include "vedette/net/http.hpp"

namespace vedette::api::es {

inline constexpr std::size_t kLargestSearchBody = 1u << 20;

// The parameters of a search as parts of a body ({"size": 5, ...}); empty if there are none.
Or<std::string> overrides_of(const net::HttpRequest& request);
bool flag(const net::HttpRequest& request, std::string_view name);  // there, and not "false"
// keep_alive, scroll: "1m"; from 1 ns to `longest`. Empty: 0.
Or<base::TimeNs> keep_alive_of(std::string_view text, base::TimeNs longest);

// The members of a JSON object that are strings or lists of strings, by name; nothing is found in a body
// that is no object.
struct BodyParts {
  std::string pit_id, pit_keep_alive;
  bool has_pit = false;
  std::string scroll, keep_alive;
  std::vector<std::string> scroll_ids, ids;  // "scroll_id"; "id", "pit_id"
  std::vector<std::string> fields, index;
  std::vector<std::string> keys;  // all members
  std::optional<bool> ignore_unavailable;
  bool is_object = false;
};
BodyParts body_parts(std::string_view body);

}  // namespace vedette::api::es
