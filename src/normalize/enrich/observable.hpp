// What indicators and the values of events have in common: their normal forms.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {

// Undoes what people do to indicators so that nobody follows them: hxxp://, [.], (dot), [at] and the like;
// blanks, quotes and a last comma around it go, too.
std::string refanged(std::string_view text);

// What the text is by its looks; file names cannot be told. nullopt: nothing that can be matched.
std::optional<Indicator::Type> guess_type(std::string_view text);

// The key under which a value of the type is compared; equal values have equal keys. False if the text is no
// such value. `out` is overwritten, so that its space is used again.
//   ip, network  17 bytes: the base address and the prefix length
//   domain       lower case, without a last dot and without "*."
//   url          see UrlKey
//   hash         its bytes
//   email        lower case
//   file_name    folded; a path as it is, with '\' for '/'
bool normal_form(Indicator::Type type, std::string_view text, std::string& out);

// A URL as it is compared: host in lower case, port unless it is the scheme's default, "/", path and query.
// The scheme (http and https are the same), user and fragment are gone; another scheme stays in front.
struct UrlKey {
  std::string text;
  std::size_t host_from = 0, host_to = 0;  // in text, without port and brackets
  std::size_t path = 0;                    // where the path starts
  std::size_t query = 0;                   // where "?" stands, or the end
};
inline constexpr std::size_t kMaxUrl = 4096;  // bytes of a URL that are looked at
bool url_key(std::string_view text, UrlKey& key);

bool is_domain(std::string_view text);

// An indicator's value as it is shown, from its key.
std::string shown_form(Indicator::Type type, std::string_view key);

}  // namespace vedette::normalize
