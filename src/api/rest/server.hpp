// How make_rest_api makes one; tests give their own description and handlers.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "rest/call.hpp"
#include "vedette/api/rest.hpp"

namespace vedette::api {

// Adds all handlers; `parts` lives as long as the API.
using AddHandlers = std::function<void(HandlerTable&, const RestParts& parts)>;
void add_all_handlers(HandlerTable& handlers, const RestParts& parts);

base::Result<std::unique_ptr<RestApi>> make_rest_api_of(RestParts parts, std::string_view openapi_yaml,
                                                        const AddHandlers& add_handlers);

}  // namespace vedette::api
