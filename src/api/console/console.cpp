#include "vedette/api/console.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "access/crypto.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

extern "C" const char vedette_console_files_begin[], vedette_console_files_end[];

namespace vedette::api {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kHashed = "/assets/";
constexpr std::string_view kGzipped = ".gz";

// Mantine and CodeMirror write style sheets into the page; scripts, fonts and workers come from files only.
constexpr std::string_view kContentPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
}};

std::string_view type_of(std::string_view path) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [path](const auto& type) { return path.ends_with(type.first); });
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

// Whether a list of codings or types names one, with no quality of zero behind it.
bool accepts(std::string_view header, std::string_view wanted) {
  for (const std::string_view item : base::split(header, ',')) {
    const auto parts = base::split(item, ';');
    if (!base::equals_ignore_case_ascii(base::trim(parts.front()), wanted)) continue;
    return std::none_of(parts.begin() + 1, parts.end(), [](std::string_view part) {
      const std::string_view quality = base::trim(part);
      return quality.starts_with("q=0") && quality.find_first_not_of("0.", 2) == std::string_view::npos;
    });
  }
  return false;
}

bool knows(std::string_view header, std::string_view etag) {
  for (std::string_view tag : base::split(header, ',')) {
    tag = base::trim(tag);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

net::Headers common_headers(std::string_view path) {
  return {{"Content-Type", std::string(type_of(path))},
          {"Content-Security-Policy", std::string(kContentPolicy)},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"}};
}

}  // namespace

Console Console::embedded() {
  return Console(base::read_embedded_tar(
      std::string_view(vedette_console_files_begin,
                       static_cast<std::size_t>(vedette_console_files_end - vedette_console_files_begin))));
}

Console::Console(const std::vector<base::EmbeddedFile>& files) {
  for (const base::EmbeddedFile& file : files) {
    std::string path = "/" + file.path;
    if (path.ends_with(kGzipped)) {
      path.resize(path.size() - kGzipped.size());
      files_[path].gzipped = file.bytes;
    } else {
      File& kept = files_[path];
      kept.bytes = file.bytes;
      kept.etag = "\"" + access::sha256_hex(file.bytes).substr(0, 32) + "\"";
    }
  }
  CHECK(files_.contains(kIndex));
}

net::HttpResponse Console::send(const std::string& path, const File& file,
                                const net::HttpRequest& request) const {
  net::HttpResponse response;
  response.headers = common_headers(path);
  const bool hashed = path.starts_with(kHashed);
  response.headers.emplace_back("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("ETag", file.etag);
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  if (knows(request.header("If-None-Match"), file.etag)) {
    response.status = 304;
    return response;
  }
  const bool gzip = !file.gzipped.empty() && accepts(request.header("Accept-Encoding"), "gzip");
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = gzip ? file.gzipped : file.bytes;
  return response;
}

std::optional<net::HttpResponse> Console::answer(const net::HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  auto found = files_.find(request.path);
  // A page that was built anew asks for no file of the old one: a script that is gone must not be a page.
  if (found == files_.end() && request.path.starts_with(kHashed)) return std::nullopt;
  if (found == files_.end() && accepts(request.header("Accept"), "text/html")) found = files_.find(kIndex);
  if (found == files_.end()) return std::nullopt;
  return send(found->first, found->second, request);
}

}  // namespace vedette::api
