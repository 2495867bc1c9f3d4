// The TAXII 2.1 client: the objects of one collection, page by page (sections 3.4, 3.5 and 5.4).
#include <iterator>
#include <utility>

#include "enrich/feed_builder.hpp"
#include "enrich/feed_http.hpp"
#include "enrich/json_walk.hpp"
#include "json/document.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

constexpr std::string_view kTaxiiType = "application/taxii+json;version=2.1";
constexpr std::size_t kMaxTaxiiPages = 10'000;
constexpr std::size_t kMaxTaxiiCursor = 4096;

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (base::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += base::hex_encode({&c, 1});
    }
  }
  return out;
}

std::string objects_url(const FeedOptions& options) {
  std::string url = options.url;
  if (!url.ends_with('/')) url += '/';
  if (!options.collection.empty()) url += "collections/" + percent_encoded(options.collection) + "/";
  return url.ends_with("/objects/") ? url : url + "objects/";
}

struct TaxiiPage {
  ParsedFeed feed;
  bool more = false;
  std::string next;        // cursor of the page behind
  std::string last_added;  // X-TAXII-Date-Added-Last
  std::size_t bytes = 0;
};

class TaxiiClient {
 public:
  TaxiiClient(const FeedOptions& options, ports::HttpClient& client,
              const base::CancellationToken& cancellation)
      : options_(options), client_(client), cancellation_(cancellation) {}

  base::Result<TaxiiPage> page(std::string_view added_after, std::string_view next, std::size_t max_bytes) {
    // Markings come along, as indicators refer to them.
    std::string url = objects_url(options_) + "?match%5Btype%5D=indicator,marking-definition";
    if (!added_after.empty()) url += "&added_after=" + percent_encoded(added_after);
    if (!next.empty()) url += "&next=" + percent_encoded(next);
    ports::OutboundRequest request = feed_request(options_, std::move(url), max_bytes);
    request.headers.emplace_back("Accept", kTaxiiType);
    TRY_ASSIGN(const ports::InboundResponse response, client_.send(request, cancellation_));
    if (response.status != 200) return status_error(options_, response);
    return read_page(response);
  }

 private:
  base::Result<TaxiiPage> read_page(const ports::InboundResponse& response) const {
    TaxiiPage page;
    page.bytes = response.body.size();
    page.last_added = header_of(response, "x-taxii-date-added-last").substr(0, 64);
    const bool whole =
        json::for_each_member(response.body, [&](std::string_view name, std::string_view value) {
          if (name == "more") page.more = value == "true";
          if (name == "next") page.next = scalar(value);
        });
    if (!whole) {
      return base::make_error(base::ErrorCode::corrupt,
                              "feed \"" + options_.name + "\" (" + shown_url(options_.url) +
                                  ") answers with something that is no TAXII envelope");
    }
    if (page.next.size() > kMaxTaxiiCursor) page.next.clear();
    TRY_ASSIGN(page.feed, parse_feed(response.body, FeedFormat::stix, options_.name));
    return page;
  }

  static std::string scalar(std::string_view value) {
    base::Arena arena(1024);
    json::Document document;
    if (!document.parse(value, arena)) return {};
    const json::Node& root = *document.root();
    if (root.is_string()) return std::string(root.string());
    return root.kind == json::Kind::integer ? std::to_string(root.integer) : std::string();
  }

  const FeedOptions& options_;
  ports::HttpClient& client_;
  const base::CancellationToken& cancellation_;
};

void append_page(ParsedFeed& all, ParsedFeed page) {
  const std::size_t room = kMaxIndicators - std::min(kMaxIndicators, all.indicators.size());
  const std::size_t taken = std::min(room, page.indicators.size());
  all.skipped += page.skipped + page.indicators.size() - taken;
  const auto end = page.indicators.begin() + static_cast<std::ptrdiff_t>(taken);
  all.indicators.insert(all.indicators.end(), std::make_move_iterator(page.indicators.begin()),
                        std::make_move_iterator(end));
  for (std::string& id : page.revoked) {
    if (all.revoked.size() < kMaxIndicators) all.revoked.push_back(std::move(id));
  }
  for (std::string& complaint : page.complaints) {
    if (all.complaints.size() < 100) all.complaints.push_back(std::move(complaint));
  }
}

}  // namespace

base::Result<ParsedFeed> poll_taxii(const FeedOptions& options, const FeedState& state,
                                    ports::HttpClient& client, base::TimeNs now,
                                    const base::CancellationToken& cancellation, std::string& added_after) {
  TaxiiClient taxii(options, client, cancellation);
  const auto fail = [&](base::ErrorCode code, const char* what) {
    return base::make_error(code, "feed \"" + options.name + "\" (" + shown_url(options.url) + ") " + what);
  };
  ParsedFeed all;
  std::string since = state.added_after, next, last_added;
  std::size_t bytes_left = options.max_bytes;
  for (std::size_t number = 0;; ++number) {
    if (number == kMaxTaxiiPages) return fail(base::ErrorCode::limit, "has more than 10000 pages");
    if (cancellation.cancelled()) return fail(base::ErrorCode::cancelled, "is no longer polled");
    TRY_ASSIGN(TaxiiPage page, taxii.page(since, next, bytes_left));
    if (page.bytes >= bytes_left) return fail(base::ErrorCode::limit, "sends more bytes than allowed");
    bytes_left -= page.bytes;
    append_page(all, std::move(page.feed));
    if (!page.last_added.empty()) last_added = page.last_added;
    if (!page.more) break;
    // A server without cursors continues from the date of the last object.
    const bool by_cursor = !page.next.empty() && page.next != next;
    const bool by_date = !by_cursor && !page.last_added.empty() && page.last_added != since;
    if (!by_cursor && !by_date)
      return fail(base::ErrorCode::corrupt, "has more pages, but does not say where");
    next = by_cursor ? page.next : std::string();
    if (by_date) since = page.last_added;
  }
  if (!last_added.empty()) {
    added_after = last_added;
  } else if (state.added_after.empty()) {
    added_after = base::format_rfc3339(now);
  }
  return all;
}

}  // namespace vedette::normalize
