// Who, where and why of an alert, as short texts. Raw: the writers escape them.
#pragma once

#include <string>

#include "vedette/model/alert.hpp"

namespace vedette::report {

// Empty when the event does not say.
std::string host_of(const model::Event& event);
std::string user_of(const model::Event& event);  // "DOMAIN\name" if there is a domain
std::string source_address_of(const model::Event& event);

// The one match that tells most (a command line, a URL, ...), or the event's message; cut to 1 KB.
std::string key_match_of(const model::Alert& alert);
// "path:position".
std::string location_of(const model::Alert& alert);
// "Image|endswith: C:\x.exe": a match in one line.
std::string match_text(const model::Match& match);

}  // namespace vedette::report
