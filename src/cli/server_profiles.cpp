#include "server_profiles.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "console.hpp"
#include "json_view.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/node/remote.hpp"

namespace vedette::cli {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20;

base::Status check_owner_only(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return base::ok_status();
  return base::make_error(base::ErrorCode::invalid_argument,
                          fmt::format("{} holds tokens and can be read by others: chmod 600 it, and end the "
                                      "sessions in it if others may have read it",
                                      file));
}

}  // namespace

const ServerProfile* ServerProfiles::find(std::string_view name_or_url) const {
  for (const ServerProfile& profile : servers) {
    if (profile.name == name_or_url) return &profile;
  }
  const auto url = node::server_url(name_or_url);
  if (!url) return nullptr;
  for (const ServerProfile& profile : servers) {
    if (profile.url == *url) return &profile;
  }
  return nullptr;
}

void ServerProfiles::put(ServerProfile profile) {
  for (ServerProfile& one : servers) {
    if (one.name != profile.name) continue;
    one = std::move(profile);
    return;
  }
  servers.push_back(std::move(profile));
}

bool ServerProfiles::remove(std::string_view name) {
  const auto removed = std::erase_if(servers, [&](const auto& profile) { return profile.name == name; });
  if (default_name == name) default_name = servers.empty() ? "" : servers.front().name;
  return removed > 0;
}

std::string profiles_file() {
  std::string folder = environment("XDG_CONFIG_HOME");
  if (folder.empty() || folder[0] != '/') {
    const std::string home = environment("HOME");
    if (home.empty()) return {};
    folder = home + "/.config";
  }
  return folder + "/vedette/servers.json";
}

base::Result<ServerProfiles> read_profiles() {
  const std::string file = profiles_file();
  std::error_code failed;
  if (file.empty() || !std::filesystem::exists(file, failed)) return ServerProfiles{};
  TRY(check_owner_only(file));
  TRY_ASSIGN(const std::string text, base::read_file(file, kMaxFileBytes));
  const auto document = JsonDocument::parse(text);
  if (!document || !document->root().is_object()) {
    return base::make_error(base::ErrorCode::corrupt, file + " is no list of servers: remove it");
  }
  ServerProfiles profiles;
  profiles.default_name = (*document)["default"].text();
  for (const JsonView& item : (*document)["servers"].items()) {
    profiles.servers.push_back({item["name"].text(), item["url"].text(), item["ca_file"].text(),
                                item["pin"].text(), item["tenant"].text(), item["user"].text(),
                                item["token"].text(), item["expires"].text()});
  }
  return profiles;
}

base::Status write_profiles(const ServerProfiles& profiles) {
  const std::string file = profiles_file();
  if (file.empty()) {
    return base::make_error(base::ErrorCode::io, "there is no home to keep servers in: set HOME");
  }
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::error_code failed;
  std::filesystem::create_directories(folder.parent_path(), failed);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::make_error(base::ErrorCode::io, fmt::format("cannot make {}: {}", folder.string(),
                                                             std::generic_category().message(errno)));
  }
  std::string text;
  base::JsonWriter json(text);
  json.begin_object().field("default", profiles.default_name).key("servers").begin_array();
  for (const ServerProfile& one : profiles.servers) {
    json.begin_object().field("name", one.name).field("url", one.url).field("ca_file", one.ca_file);
    json.field("pin", one.pin).field("tenant", one.tenant).field("user", one.user);
    json.field("token", one.token).field("expires", one.expires).end_object();
  }
  json.end_array().end_object();
  return base::write_file_atomically(file, text + "\n", base::FileAccess::owner);
}

}  // namespace vedette::cli
