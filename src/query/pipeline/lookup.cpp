// lookup: columns of a file, by a key.
#include "lookup_table.hpp"
#include "stage.hpp"

namespace vedette::query {
namespace {

using model::Value;

// The first element of a list that the table has counts. Columns of the table replace fields of the row where
// they have a value.
class Lookup : public Operator {
 public:
  Lookup(std::shared_ptr<const LookupTable> table, const std::string& field)
      : table_(std::move(table)), field_(model::intern(field)) {
    for (const std::string& name : table_->columns()) columns_.push_back(model::intern(name));
  }

  Flow push(const Batch& batch) override {
    writer_.hold(batch);
    hold_table();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const model::Event event = (*batch)[i];
      const Value* found = find(read_field(event, field_, writer_.arena()));
      if (found) {
        write(event, found);
      } else {
        writer_.add_row(event);
      }
    }
    return emit(writer_.finish());
  }

 private:
  const Value* find(const Value& key) const {
    for (const Value& item : key.elements()) {
      model::TextBuffer buffer;
      if (item.is_null()) continue;
      if (const Value* found = table_->find(model::text_of(item, buffer))) return found;
    }
    return nullptr;
  }
  bool replaced(model::FieldId field, const Value* found) const {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (columns_[c] == field && !found[c].is_null()) return true;
    }
    return false;
  }
  void write(const model::Event& event, const Value* found) {
    writer_.begin(event);
    for (const model::Cell& cell : event.cells()) {
      if (!replaced(cell.field, found)) writer_.add(cell.field, cell.value);
    }
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (!found[c].is_null()) writer_.add(columns_[c], found[c]);
    }
    writer_.end();
  }
  void hold_table() { writer_.hold_bytes(table_); }

  std::shared_ptr<const LookupTable> table_;
  model::FieldId field_;
  std::vector<model::FieldId> columns_;
  RowWriter writer_;
};

}  // namespace

Made make_lookup(const LookupStage& stage, RunState& state, std::vector<std::string>& added) {
  if (!state.options->read_lookup) {
    return base::make_error(base::ErrorCode::unsupported, "lookup files cannot be read here");
  }
  auto text = state.options->read_lookup(stage.file);
  if (!text) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "lookup file " + stage.file + ": " + text.error().message);
  }
  TRY_ASSIGN(auto table, LookupTable::read(stage.file, *text, stage.key, stage.output));
  added = table->columns();
  const std::string& field = stage.field.empty() ? stage.key : stage.field;
  return OperatorPtr(std::make_unique<Lookup>(std::move(table), field));
}

}  // namespace vedette::query
