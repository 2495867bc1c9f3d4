#include "vedette/adapters/sqlite.hpp"

namespace vedette::adapters {

base::Result<std::unique_ptr<ports::RecordStore>> open_sqlite(const SqliteOptions& options) {
  return base::make_error(base::ErrorCode::unsupported, options.file + ": no record store yet");
}

}  // namespace vedette::adapters
