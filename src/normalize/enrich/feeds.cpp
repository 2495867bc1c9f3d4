#include "vedette/normalize/feeds.hpp"

#include <algorithm>
#include <unordered_set>

#include "enrich/feed_builder.hpp"
#include "enrich/feed_http.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

using Kind = FeedOptions::Kind;

base::Error feed_error(const FeedOptions& options, base::ErrorCode code, std::string_view what) {
  return base::make_error(code, "feed \"" + options.name + "\" " + std::string(what));
}

base::Status check_feed(const FeedOptions& options, const ports::HttpClient* client) {
  const auto wrong = [&](std::string_view what) {
    return feed_error(options, base::ErrorCode::invalid_argument, what);
  };
  if (options.kind == Kind::file) return options.file.empty() ? wrong("names no file") : base::ok_status();
  if (!options.url.starts_with("http://") && !options.url.starts_with("https://")) {
    return wrong("has no http or https URL");
  }
  if (!client) return wrong("needs a client for HTTP");
  if (!options.token.empty() && !options.username.empty()) return wrong("has both a token and a user name");
  return base::ok_status();
}

// Indicators with the default expiry must be taken afresh before they end, though the content is the same.
bool must_refresh(const FeedOptions& options, const FeedState& state, base::TimeNs now) {
  return options.default_expiry > 0 && now - state.last_change >= options.default_expiry / 2;
}

void apply_defaults(const FeedOptions& options, base::TimeNs now, ParsedFeed& feed) {
  const std::string tlp(tlp_of(options.default_tlp));
  for (Indicator& indicator : feed.indicators) {
    if (indicator.tlp.empty()) indicator.tlp = tlp;
    if (indicator.confidence < 0) indicator.confidence = options.default_confidence;
    if (indicator.valid_until == 0 && options.default_expiry > 0) {
      indicator.valid_until = now + options.default_expiry;
    }
  }
}

// `content` as an update, unless it is what it was.
base::Result<FeedUpdate> update_of(const FeedOptions& options, std::string_view content, FeedState& state,
                                   base::TimeNs now) {
  FeedUpdate update;
  const std::string hash = base::hash128_hex(content);
  if (hash != state.content || must_refresh(options, state, now)) {
    TRY_ASSIGN(update.feed, parse_feed(content, options.format, options.name));
    update.changed = true;
    state.content = hash;
    state.last_change = now;
  }
  return update;
}

base::Result<FeedUpdate> poll_http(const FeedOptions& options, FeedState& state, ports::HttpClient& client,
                                   base::TimeNs now, const base::CancellationToken& cancellation) {
  ports::OutboundRequest request = feed_request(options, options.url, options.max_bytes);
  request.headers.emplace_back("Accept", "*/*");
  if (!must_refresh(options, state, now)) {
    if (!state.etag.empty()) request.headers.emplace_back("If-None-Match", state.etag);
    if (!state.last_modified.empty()) request.headers.emplace_back("If-Modified-Since", state.last_modified);
  }
  TRY_ASSIGN(const ports::InboundResponse response, client.send(request, cancellation));
  if (response.status == 304) return FeedUpdate{};
  if (response.status != 200) return status_error(options, response);
  TRY_ASSIGN(FeedUpdate update, update_of(options, response.body, state, now));
  state.etag = header_of(response, "etag").substr(0, 1024);
  state.last_modified = header_of(response, "last-modified").substr(0, 100);
  return update;
}

}  // namespace

std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos) return std::string(url);
  const std::size_t authority = scheme + 3;
  const std::size_t path = std::min(url.find('/', authority), url.size());
  const std::size_t at = url.substr(authority, path - authority).rfind('@');
  if (at == url.npos) return std::string(url);
  return std::string(url.substr(0, authority)).append(url.substr(authority + at + 1));
}

ports::OutboundRequest feed_request(const FeedOptions& options, std::string url, std::size_t max_bytes) {
  ports::OutboundRequest request;
  request.url = std::move(url);
  request.timeout = options.timeout;
  request.max_response_bytes = max_bytes;
  request.ca_file = options.ca_file;
  request.allow_private = options.allow_private;
  if (!options.token.empty()) {
    const bool named = !options.token_header.empty();
    request.headers.emplace_back(named ? options.token_header : "Authorization",
                                 named ? options.token : "Bearer " + options.token);
  } else if (!options.username.empty()) {
    request.headers.emplace_back("Authorization",
                                 "Basic " + base::base64_encode(options.username + ":" + options.password));
  }
  return request;
}

std::string_view header_of(const ports::InboundResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (base::equals_ignore_case_ascii(key, name)) return value;
  }
  return {};
}

base::Error status_error(const FeedOptions& options, const ports::InboundResponse& response) {
  std::string text =
      "(" + shown_url(options.url) + ") answers with status " + std::to_string(response.status);
  if (response.status == 401 || response.status == 403) text += ": the credentials are refused";
  if (response.status == 404) text += ": there is no such document or collection";
  if (response.status == 406) text += ": it does not speak TAXII 2.1";
  const std::string_view wait = header_of(response, "retry-after").substr(0, 40);
  if (!wait.empty()) text += ", retry after " + base::escape_control(wait);
  const bool busy = response.status == 429 || response.status == 503;
  return feed_error(options, busy ? base::ErrorCode::busy : base::ErrorCode::io, text);
}

bool is_due(const FeedOptions& options, const FeedState& state, base::TimeNs now) {
  return state.last_poll == 0 || now < state.last_poll || now - state.last_poll >= options.interval;
}

base::Result<FeedUpdate> poll_feed(const FeedOptions& options, FeedState& state, ports::HttpClient* client,
                                   base::TimeNs now, const base::CancellationToken& cancellation) {
  TRY(check_feed(options, client));
  FeedState next = state;
  FeedUpdate update;
  switch (options.kind) {
    case Kind::file: {
      TRY_ASSIGN(const std::string content, base::read_file(options.file, options.max_bytes));
      TRY_ASSIGN(update, update_of(options, content, next, now));
      break;
    }
    case Kind::http: {
      TRY_ASSIGN(update, poll_http(options, next, *client, now, cancellation));
      break;
    }
    case Kind::taxii: {
      TRY_ASSIGN(update.feed, poll_taxii(options, state, *client, now, cancellation, next.added_after));
      update.incremental = !state.added_after.empty();
      update.changed = !update.incremental || !update.feed.indicators.empty() || !update.feed.revoked.empty();
      if (update.changed) next.last_change = now;
      break;
    }
  }
  apply_defaults(options, now, update.feed);
  next.last_poll = now;
  state = std::move(next);
  return update;
}

void merge_update(ParsedFeed& held, FeedUpdate update) {
  if (!update.changed) return;
  if (!update.incremental) {
    held = std::move(update.feed);
    return;
  }
  std::unordered_set<std::string_view> replaced(update.feed.revoked.begin(), update.feed.revoked.end());
  for (const Indicator& indicator : update.feed.indicators) {
    if (!indicator.id.empty()) replaced.insert(indicator.id);
  }
  std::erase_if(held.indicators, [&](const Indicator& indicator) { return replaced.contains(indicator.id); });
  const std::size_t room = kMaxIndicators - std::min(kMaxIndicators, held.indicators.size());
  const auto taken = static_cast<std::ptrdiff_t>(std::min(room, update.feed.indicators.size()));
  held.skipped += update.feed.skipped + (update.feed.indicators.size() - static_cast<std::size_t>(taken));
  held.indicators.insert(held.indicators.end(), std::make_move_iterator(update.feed.indicators.begin()),
                         std::make_move_iterator(update.feed.indicators.begin() + taken));
  held.complaints = std::move(update.feed.complaints);
}

}  // namespace vedette::normalize
