// Cursors of RecordStore::find: the order value and the id of the last record of a page, tied to its query.
#pragma once

#include <string>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::adapters {

struct RecordCursor {
  ports::ColumnValue value;  // of the order column; absent when ordered by id
  std::string id;
};

std::string encode_cursor(const ports::RecordQuery& query, const RecordCursor& cursor);
// invalid_argument: changed, cut, or of a query with other tests or another order. It is no secret and no
// proof against forging: a forged cursor reaches no record that the query does not find.
base::Result<RecordCursor> decode_cursor(const ports::RecordQuery& query);

}  // namespace vedette::adapters
