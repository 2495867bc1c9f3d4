// The parts of search, alerts and rules list that ask a server instead of a data folder.
#pragma once

#include "args.hpp"
#include "server_profiles.hpp"

namespace vedette::cli {

int search_on_server(const Args& args, const ServerProfile& profile);
int alerts_on_server(const Args& args, const ServerProfile& profile);
int rules_on_server(const Args& args, const ServerProfile& profile);

}  // namespace vedette::cli
