#include "vedette/node/records.hpp"

#include "live/collections.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/base/file_system.hpp"

namespace vedette::node {

base::Result<std::unique_ptr<ports::RecordStore>> open_records(const std::string& data_folder) {
  adapters::SqliteOptions options;
  options.file = data_folder + "/records.db";
  options.read_only = true;
  options.collections = all_collections();
  if (!base::posix_file_system().exists(options.file)) {
    return base::make_error(base::ErrorCode::not_found,
                            "no records at " + options.file + " (vedette serve makes them)");
  }
  return adapters::open_sqlite(options);
}

}  // namespace vedette::node
