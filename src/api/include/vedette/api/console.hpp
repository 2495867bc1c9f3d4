// The console of browsers: the pages, scripts and fonts of `web/`, packed into the binary.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/embedded.hpp"
#include "vedette/net/http.hpp"

namespace vedette::api {

// Immutable and thread safe. Needs no credentials: what it serves is the same for everybody.
class Console {
 public:
  // What the build packed: the console, or where it was built without npm a page that says how to build it.
  static Console embedded();
  // Of files by their paths below "/"; a file with ".gz" behind its name is the compressed form of the other.
  // CHECKs that there is an index.html. The bytes must outlive the console.
  explicit Console(const std::vector<base::EmbeddedFile>& files);

  // The answer to GET and HEAD of a file, and of any other path that a browser opens as a page (`Accept:
  // text/html`): routes are the page's own affair. nullopt for all else. Names below /assets/ hold a hash of
  // what they name and are kept for a year; index.html is asked for anew each time, with an ETag.
  std::optional<net::HttpResponse> answer(const net::HttpRequest& request) const;

 private:
  struct File {
    std::string_view bytes;
    std::string_view gzipped;  // empty: not compressed
    std::string etag;          // with its quotes
  };

  net::HttpResponse send(const std::string& path, const File& file, const net::HttpRequest& request) const;

  std::map<std::string, File, std::less<>> files_;  // by path, "/index.html"
};

}  // namespace vedette::api
