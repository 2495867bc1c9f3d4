// What a person needs who helps with a problem, without secrets.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/node/serve_config.hpp"

namespace vedette::node {

struct BundleFile {
  std::string name;  // in the archive
  std::string text;
};

struct BundleOptions {
  std::string version;
  std::string data_folder;
  std::size_t max_log_bytes = std::size_t{1} << 20;  // from the end of log.file
  // The body of a page of the running server ("/metrics"); an error is put down in its place.
  std::function<base::Result<std::string>(std::string_view path)> ask_server;
};

// Everything has passed through `redact_secrets`. What cannot be read is put down as such.
std::vector<BundleFile> collect_support_files(const ServeConfig& config, const BundleOptions& options);

// Masks the values of secrets in the configuration wherever they stand, passwords in addresses, values of
// queries in addresses, and what looks like a secret by its name ("token=...", "Authorization: ...").
std::string redact_secrets(const ServeConfig& config, std::string_view text);

// A gzipped tar with the files below `folder`; mode 0600. Errors: io, invalid_argument if `path` exists.
base::Status write_bundle(const std::string& path, const std::string& folder,
                          const std::vector<BundleFile>& files);

}  // namespace vedette::node
