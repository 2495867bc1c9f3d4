#include "http_url.hpp"

#include <algorithm>
#include <memory>

#include <curl/curl.h>

#include "vedette/base/text.hpp"

namespace vedette::adapters {

namespace {

constexpr std::size_t kMaxUrlBytes = 8 << 10;

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlDeleter>;

base::Error bad_url(std::string_view text, const char* why) {
  return base::make_error(base::ErrorCode::invalid_argument,
                          "URL '" + base::escape_control(text.substr(0, 200)) + "' " + why);
}

bool is_clean(std::string_view text) {
  return text.size() <= kMaxUrlBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '\\';
         });
}

std::string url_part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* value = nullptr;
  if (curl_url_get(url, part, &value, flags) != CURLUE_OK) return {};
  std::string text(value);
  curl_free(value);
  return text;
}

base::Result<HttpUrl> finish_url(CURLU* url, std::string_view text) {
  curl_url_set(url, CURLUPART_FRAGMENT, nullptr, 0);
  HttpUrl out;
  out.scheme = base::to_lower_ascii(url_part(url, CURLUPART_SCHEME));
  if (out.scheme != "http" && out.scheme != "https") return bad_url(text, "is not of http or https");
  if (!url_part(url, CURLUPART_USER).empty() || !url_part(url, CURLUPART_PASSWORD).empty() ||
      url_part(url, CURLUPART_URL).find('@') <
          url_part(url, CURLUPART_URL).find('/', out.scheme.size() + 3)) {
    return bad_url(text, "holds a user name or a password; give them as a header");
  }
  out.host = base::to_lower_ascii(url_part(url, CURLUPART_HOST));
  out.port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  out.text = url_part(url, CURLUPART_URL);
  if (out.host.empty() || out.text.empty()) return bad_url(text, "names no host");
  return out;
}

}  // namespace

base::Result<HttpUrl> parse_http_url(std::string_view text) {
  if (!is_clean(text))
    return bad_url(text, "is too long, or holds blanks, backslashes or control characters");
  // libcurl takes any number of slashes.
  const std::size_t authority = text.find("://") + 3;
  if (text.find("://") == std::string_view::npos || text.substr(authority, 1) == "/") {
    return bad_url(text, "is not well formed");
  }
  const UrlHandle url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_NON_SUPPORT_SCHEME) !=
                  CURLUE_OK) {
    return bad_url(text, "is not well formed");
  }
  return finish_url(url.get(), text);
}

base::Result<HttpUrl> resolve_http_url(const HttpUrl& base, std::string_view location) {
  if (!is_clean(location)) {
    return bad_url(location, "is too long, or holds blanks, backslashes or control characters");
  }
  const UrlHandle url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, base.text.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, std::string(location).c_str(), CURLU_NON_SUPPORT_SCHEME) !=
          CURLUE_OK) {
    return bad_url(location, "is not well formed");
  }
  return finish_url(url.get(), location);
}

}  // namespace vedette::adapters
