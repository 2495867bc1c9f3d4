#include "part_set.hpp"

#include <fmt/format.h>

namespace vedette::store {

base::Result<PartPtr> open_part(base::FileSystem& files, const std::string& root, PartEntry entry) {
  TRY_ASSIGN(auto reader, PartReader::open(files, root + "/" + entry.name.path()));
  const PartSummary& found = reader->summary();
  const PartSummary& listed = entry.summary;
  if (found.rows != listed.rows || found.bytes != listed.bytes || found.min_time != listed.min_time ||
      found.max_time != listed.max_time || found.min_sequence != listed.min_sequence ||
      found.max_sequence != listed.max_sequence) {
    return base::make_error(base::ErrorCode::corrupt,
                            fmt::format("{} is not the part that the manifest lists", entry.name.path()));
  }
  return std::make_shared<const Part>(Part{std::move(entry), std::move(reader)});
}

}  // namespace vedette::store
