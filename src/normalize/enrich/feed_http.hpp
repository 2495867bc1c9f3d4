// What polling over HTTP shares: requests with the options' credentials, errors without secrets.
#pragma once

#include <string_view>

#include "vedette/normalize/feeds.hpp"

namespace vedette::normalize {

// Without user, query and fragment: fit to be shown.
std::string shown_url(std::string_view url);
ports::OutboundRequest feed_request(const FeedOptions& options, std::string url, std::size_t max_bytes);
std::string_view header_of(const ports::InboundResponse& response, std::string_view name);
// The error for an answer that is no success.
base::Error status_error(const FeedOptions& options, const ports::InboundResponse& response);

// All pages since state.added_after; `added_after` is what the next poll starts from.
base::Result<ParsedFeed> poll_taxii(const FeedOptions& options, const FeedState& state,
                                    ports::HttpClient& client, base::TimeNs now,
                                    const base::CancellationToken& cancellation, std::string& added_after);

}  // namespace vedette::normalize
