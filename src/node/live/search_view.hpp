// What somebody who searches through the Elasticsearch listener sees: by an API key or session token.
#pragma once

#include "vedette/api/access.hpp"
#include "vedette/api/elasticsearch.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::node {

// The key as Elasticsearch's clients can send it: "Authorization: Bearer KEY", "ApiKey KEY", "ApiKey
// base64(anything:KEY)", or as the password of Basic. Both outlive the result.
api::ElasticsearchViewOf search_view(api::Access& access, const ports::LogStore& events);

}  // namespace vedette::node
