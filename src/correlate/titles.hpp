// Titles of incidents for people.
#pragma once

#include <string>

#include "state.hpp"

namespace vedette::correlate {

// "Discovery, then privilege escalation on ws-7": at most about 200 bytes.
std::string title_of(const Cluster& cluster);

}  // namespace vedette::correlate
