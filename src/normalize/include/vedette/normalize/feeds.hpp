// Feeds of indicators, polled: files, HTTP(S) downloads and TAXII 2.1 collections.
#pragma once

#include <cstdint>
#include <string>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/normalize/enrich.hpp"
#include "vedette/ports/http_client.hpp"

namespace vedette::normalize {

struct FeedOptions {
  enum class Kind : std::uint8_t { http, taxii, file };
  std::string name;
  Kind kind = Kind::http;
  std::string url;         // http: of the document; taxii: of the collection, or of the API root
  std::string collection;  // taxii: id of the collection, if `url` is an API root
  std::string file;
  FeedFormat format = FeedFormat::automatic;  // taxii: always STIX
  base::TimeNs interval = 3600 * base::kNsPerSecond;
  std::string username, password;  // HTTP basic authentication
  std::string token;               // "Authorization: Bearer <token>", or as the value of `token_header`
  std::string token_header;        // "Auth-Key", ...; with "Authorization" the token stands without "Bearer"
  // For indicators that do not say it themselves.
  std::string default_tlp;
  int default_confidence = -1;
  base::TimeNs default_expiry = 0;  // valid until so long after the poll; 0: open
  std::string ca_file;
  bool allow_private = false;
  std::chrono::milliseconds timeout{60'000};       // of one request
  std::size_t max_bytes = std::size_t{256} << 20;  // of all answers of one poll, or of the file
};

// What a feed remembers from one poll to the next; plain texts that can be stored.
struct FeedState {
  std::string etag, last_modified;  // http
  std::string added_after;          // taxii: an RFC 3339 time
  std::string content;              // http, file: hash of the content
  base::TimeNs last_poll = 0;       // that succeeded
  base::TimeNs last_change = 0;
};

struct FeedUpdate {
  bool changed = false;  // false: all else is empty
  bool incremental =
      false;  // `feed` adds to, and replaces parts of, what was there (taxii); else it is all there is
  ParsedFeed feed;
};

// Whether the interval since the last poll has passed.
bool is_due(const FeedOptions& options, const FeedState& state, base::TimeNs now);

// One poll. `state` changes only if it succeeds. `client` may be nullptr for files. Blocks. Errors: those of
// the client, io (an answer that is no success, with its status), corrupt, limit, invalid_argument (options
// that do not go together); their texts hold no secrets.
base::Result<FeedUpdate> poll_feed(const FeedOptions& options, FeedState& state, ports::HttpClient* client,
                                   base::TimeNs now, const base::CancellationToken& cancellation);

// `held` with the update in it: an indicator replaces all with its id, a revoked id goes.
void merge_update(ParsedFeed& held, FeedUpdate update);

}  // namespace vedette::normalize
