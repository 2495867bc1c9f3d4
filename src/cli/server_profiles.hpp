// The servers that were signed in to: $XDG_CONFIG_HOME/vedette/servers.json, for its owner only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::cli {

struct ServerProfile {
  std::string name, url, ca_file, pin;
  std::string tenant, user;
  std::string token;    // empty: signed out
  std::string expires;  // RFC 3339; of sessions
};

struct ServerProfiles {
  std::string default_name;
  std::vector<ServerProfile> servers;

  // By name, else by URL; nullptr: none.
  const ServerProfile* find(std::string_view name_or_url) const;
  // In place of the one with its name.
  void put(ServerProfile profile);
  bool remove(std::string_view name);
};

// $XDG_CONFIG_HOME/vedette/servers.json, else ~/.config/...; empty without a home.
std::string profiles_file();
// None if there is no file. Errors: it cannot be read, or is none of ours; its permissions let others read
// it.
base::Result<ServerProfiles> read_profiles();
// Makes the folder (0700) and replaces the file (0600).
base::Status write_profiles(const ServerProfiles& profiles);

}  // namespace vedette::cli
