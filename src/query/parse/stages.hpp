// The stages behind a filter.
#pragma once

#include "expression.hpp"

namespace vedette::query {

class StageParser {
 public:
  explicit StageParser(Cursor& cursor) : cursor_(cursor), kql_(cursor), expressions_(cursor, kql_) {}

  bool query(Query& out);

 private:
  bool stage(Stage& out);
  bool where(Stage& out);
  bool eval(Stage& out);
  bool stats(Stage& out);
  bool sort(Stage& out);
  bool limit(Stage& out);
  bool keep(Stage& out);
  bool drop(Stage& out);
  bool rename(Stage& out);
  bool dedup(Stage& out);
  bool top(Stage& out, bool rare);
  bool sequence(Stage& out);
  bool lookup(Stage& out);
  bool rex(Stage& out);
  bool dissect(Stage& out);

  bool aggregate(Aggregate& out);
  bool aggregate_call(Aggregate& out);
  bool group_key(Assignment& out);
  bool sort_key(SortStage::Key& out);
  bool sequence_option(SequenceStage& out, bool& taken);
  bool step(SequenceStage::Step& out);
  bool field(std::string& out);
  bool fields(std::vector<std::string>& out);
  bool patterns(std::vector<std::string>& out);
  bool count(std::uint64_t& out, std::string_view what);
  bool word(std::string& out, std::string_view what);
  bool quoted(std::string& out, std::string_view what);
  bool assigns();
  std::string written(std::size_t from) const;

  Cursor& cursor_;
  KqlParser kql_;
  ExpressionParser expressions_;
};

}  // namespace vedette::query
