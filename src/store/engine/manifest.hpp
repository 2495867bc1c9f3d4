// The manifest: which parts the store is made of, and up to which event everything is sealed. Format:
// docs/formats/store.md. Internal to the store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "names.hpp"
#include "part.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/base/result.hpp"

namespace vedette::store {

struct PartEntry {
  PartName name;
  PartSummary summary;         // path: relative to the store's folder
  base::TimeNs sealed_at = 0;  // wall clock when its newest rows were sealed
};

struct Manifest {
  std::uint64_t sealed_to = 0;
  std::uint64_t next_part = 1;
  std::vector<PartEntry> parts;  // by number
};

std::string encode_manifest(const Manifest& manifest);
// Errors: corrupt; unsupported for a newer version.
base::Result<Manifest> decode_manifest(std::string_view bytes);

inline constexpr std::size_t kMaxManifestBytes = std::size_t{256} << 20;
base::Result<std::string> read_manifest_file(base::FileSystem& files, const std::string& path);

// A text with a last line that holds the checksum of what is before it, as manifests and pins have.
std::string with_checksum(std::string text);
// The text without that line; corrupt if it does not fit.
base::Result<std::string_view> without_checksum(std::string_view bytes);

}  // namespace vedette::store
