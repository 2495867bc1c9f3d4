// Files packed into the binary as a tar archive (see cmake/embed.cmake).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::base {

struct EmbeddedFile {
  std::string path;        // relative, without a leading "./"
  std::string_view bytes;  // points into the binary
};

// The regular files of an uncompressed tar (ustar, GNU long names) in path order. CHECKs that it is well
// formed: it was made by our own build.
std::vector<EmbeddedFile> read_embedded_tar(std::string_view tar);

}  // namespace vedette::base
