#include "search_random.hpp"

#include "vedette/base/time.hpp"

namespace vedette::store::test {

using model::FieldTest;
using model::GroupBy;
using model::GroupKey;
using model::Literal;
using model::MatchOp;
using model::Metric;
using model::Predicate;
using model::SearchRequest;
using model::SortKey;
using model::Value;

namespace {

constexpr base::TimeNs kStart = 1'700'000'000 * base::kNsPerSecond;

const std::vector<std::string> kTexts{"alpha",
                                      "Alpha",
                                      "beta one",
                                      "GAMMA-two",
                                      "443",
                                      "5",
                                      "5.5",
                                      "true",
                                      "",
                                      "a.b",
                                      "10.0.0.7",
                                      "ümlaut",
                                      "2023-11-14T22:13:25Z",
                                      "0"};

Value random_scalar(Random& random) {
  switch (random.below(8)) {
    case 0:
      return Value::null();
    case 1:
      return Value::boolean(random.one_in(2));
    case 2:
      return Value::integer(random.below(6));
    case 3:
      return Value::real(random.below(24) * 0.25);
    case 4:
      return Value::integer(random.below(2000) - 1000);
    default:
      return Value::string(random.pick(kTexts));
  }
}

Value random_value(Random& random, model::BatchBuilder& builder) {
  if (!random.one_in(5)) return random_scalar(random);
  const auto list = builder.arena().allocate_array<Value>(static_cast<std::size_t>(random.below(4)));
  for (Value& item : list) item = random_scalar(random);
  return Value::list(list);
}

void add_fields(Random& random, model::BatchBuilder& builder, int bias) {
  const auto id = [](const char* name) { return model::intern(name); };
  const std::string_view host = random.pick(kTexts);
  builder.add(id("host"), Value::string(bias % 3 == 0 ? "only" : host));
  if (!random.one_in(4)) builder.add(id("number"), Value::integer(random.below(bias % 2 ? 5 : 500)));
  if (!random.one_in(3)) builder.add(id("mixed"), random_value(random, builder));
  if (!random.one_in(3)) builder.add(id("mixed.more"), random_value(random, builder));
  if (bias % 2) builder.add(id("real"), Value::real(random.below(40) * 0.25));
  if (random.one_in(10)) builder.add(id("rare"), random_scalar(random));
  if (random.one_in(25)) builder.add(id("_id"), Value::string("own"));
}

}  // namespace

const std::vector<std::string> kFields{"host", "number", "mixed", "mixed.more", "real",
                                       "rare", "absent", "_id",   "@timestamp"};

Batches random_batches(Random& random, std::uint64_t& next_sequence) {
  Batches batches;
  const int count = random.below(3) + 1;
  for (int i = 0; i < count; ++i) {
    model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"log" + std::to_string(i)}));
    const int rows = random.below(40) + 1, bias = random.below(6);
    const base::TimeNs begin = kStart + random.below(5) * 20 * base::kNsPerSecond;
    for (int row = 0; row < rows; ++row) {
      builder.begin_row(static_cast<std::uint64_t>(row));
      builder.set_time(random.one_in(30) ? 0 : begin + random.below(400) * base::kNsPerSecond / 2);
      builder.set_sequence(next_sequence++);
      add_fields(random, builder, bias);
      builder.end_row();
    }
    batches.push_back(builder.finish());
  }
  return batches;
}

namespace {

FieldTest random_test(Random& random) {
  static const std::vector<std::string> kPatterns{"a*", "*a", "*", "?", "*e*o*", "b?ta*", "5*"};
  static const std::vector<std::string> kRegexes{"a", "^5", "a$", "[0-9]+", "eta o", "(one|two)"};
  FieldTest test;
  test.field = random.pick(kFields);
  if (random.one_in(10)) test.field.clear();
  if (random.one_in(10)) {
    test.field_pattern = true;
    test.field = random.pick(std::vector<std::string>{"*", "mixed*", "no*", "*e*"});
  }
  test.op = static_cast<MatchOp>(random.below(18));
  test.text = random.pick(kTexts);
  test.case_sensitive = random.one_in(4);
  if (test.op == MatchOp::wildcard) test.text = random.pick(kPatterns);
  if (test.op == MatchOp::regex) test.text = random.pick(kRegexes);
  if (test.op == MatchOp::cidr) test.text = "10.0.0.0/8";
  if (test.op >= MatchOp::field_equals) test.text = random.pick(kFields);
  if (test.op >= MatchOp::less && test.op <= MatchOp::greater_equal && random.one_in(2)) {
    test.text.clear();
    test.number = random.below(200) / 4.0;
  }
  if (test.field == "@timestamp" && test.op != MatchOp::cidr && random.one_in(2)) {
    test.text = base::format_rfc3339(kStart + random.below(300) * base::kNsPerSecond);
  }
  if (test.field == "_id" && test.op != MatchOp::cidr && random.one_in(2))
    test.text = "000000000000001" + std::to_string(random.below(9));
  if (random.one_in(15)) {
    test.part = model::TimePart::minute;
    test.number = random.below(60);
    test.op = MatchOp::equals;
  }
  return test;
}

}  // namespace

Predicate random_predicate(Random& random, int depth) {
  Predicate predicate;
  const int kind = depth > 0 ? random.below(8) : 7;
  if (kind <= 2 || kind == 3) {
    predicate.kind = kind < 2    ? Predicate::Kind::all_of
                     : kind == 2 ? Predicate::Kind::any_of
                                 : Predicate::Kind::negation;
    const int children = kind == 3 ? 1 : random.below(3) + (random.one_in(10) ? 0 : 1);
    for (int i = 0; i < children; ++i) predicate.children.push_back(random_predicate(random, depth - 1));
    return predicate;
  }
  if (random.one_in(12)) {
    predicate.kind = random.one_in(2) ? Predicate::Kind::always : Predicate::Kind::never;
    return predicate;
  }
  predicate.kind = Predicate::Kind::test;
  predicate.test = random_test(random);
  return predicate;
}

namespace {

std::vector<SortKey> random_sort(Random& random) {
  std::vector<SortKey> sort;
  if (random.one_in(3)) return sort;
  const int keys = random.below(2) + 1;
  for (int i = 0; i < keys; ++i) sort.push_back({random.pick(kFields), random.one_in(2), random.one_in(2)});
  if (random.one_in(3)) sort[0].field = "@timestamp";
  return sort;
}

GroupKey random_key(Random& random, int at) {
  GroupKey key;
  key.kind = static_cast<GroupKey::Kind>(random.one_in(2) ? 0 : random.below(4));
  key.name = "key" + std::to_string(at);
  key.field = random.pick(kFields);
  key.keep_missing = random.one_in(3);
  if (key.kind == GroupKey::Kind::time_bucket) {
    if (!random.one_in(4)) key.field = "@timestamp";
    key.interval = random.pick(std::vector<base::TimeNs>{base::kNsPerSecond, 60 * base::kNsPerSecond,
                                                         3600 * base::kNsPerSecond, 7 * base::kNsPerSecond});
    key.calendar = static_cast<GroupKey::Calendar>(random.one_in(2) ? 0 : random.below(5));
    key.offset = random.below(3) * 60 * base::kNsPerSecond - 30 * random.below(2) * base::kNsPerSecond;
  }
  key.width = random.pick(std::vector<double>{0.5, 1, 10, 100});
  key.number_offset = random.below(3) * 0.25;
  if (key.kind == GroupKey::Kind::filters) {
    for (int i = 0; i < 3; ++i)
      key.filters.push_back({"filter" + std::to_string(i), random_predicate(random, 1)});
  }
  return key;
}

GroupBy random_group(Random& random) {
  GroupBy group;
  const int keys = random.below(3);
  for (int i = 0; i < keys; ++i) group.keys.push_back(random_key(random, i));
  const int metrics = random.below(4) + (keys == 0);
  const bool counts = random.one_in(4);
  for (int i = 0; i < metrics; ++i) {
    Metric metric;
    metric.kind = static_cast<Metric::Kind>(counts ? 0 : random.below(14));
    if (metric.kind == Metric::Kind::top_rows && i > 0) metric.kind = Metric::Kind::count;
    metric.name = "metric" + std::to_string(i);
    metric.field = random.pick(kFields);
    metric.argument = random.below(11) * 10;
    metric.limit = static_cast<std::uint64_t>(random.below(4) + 1);
    metric.sort = random_sort(random);
    if (random.one_in(2)) metric.fields = {"host", "m*"};
    group.metrics.push_back(metric);
  }
  if (random.one_in(2) && keys > 0) {
    const std::string name =
        random.one_in(2) || metrics == 0 ? "key0" : "metric" + std::to_string(metrics - 1);
    const bool metric_key = name[0] == 'm';
    const Metric::Kind last = metrics ? group.metrics.back().kind : Metric::Kind::count;
    // Sums and the like differ in their last bits from those of the plain evaluator, and so would the order.
    const bool exact =
        last <= Metric::Kind::count_distinct_approx || last == Metric::Kind::min || last == Metric::Kind::max;
    if (!metric_key || exact) group.order.push_back({name, random.one_in(2), random.one_in(2)});
  }
  if (random.one_in(3)) group.limit = static_cast<std::uint64_t>(random.below(6));
  return group;
}

}  // namespace

SearchRequest random_request(Random& random) {
  SearchRequest request;
  request.filter = random_predicate(random, random.below(3));
  if (random.one_in(4)) request.filter.kind = Predicate::Kind::always;
  if (random.one_in(2)) {
    request.range.from = kStart + random.below(100) * base::kNsPerSecond;
    request.range.to = request.range.from + random.below(200) * base::kNsPerSecond;
  }
  if (random.one_in(3)) request.below_sequence = static_cast<std::uint64_t>(random.below(160));
  if (random.one_in(3)) request.fields = {"host", "mix*"};
  request.sort = random_sort(random);
  request.offset = random.one_in(3) ? static_cast<std::uint64_t>(random.below(20)) : 0;
  request.limit = random.one_in(5) ? SearchRequest::kAll : static_cast<std::uint64_t>(random.below(30));
  request.count_all = !random.one_in(4);
  const int groups = random.one_in(2) ? random.below(3) : 0;
  for (int i = 0; i < groups; ++i) request.groups.push_back(random_group(random));
  request.threads = 1;
  return request;
}

std::string describe(const Predicate& predicate) {
  static const char* const kKinds[]{"always", "never", "all_of", "any_of", "negation", "test"};
  std::string out = kKinds[static_cast<int>(predicate.kind)];
  if (predicate.kind == Predicate::Kind::test) {
    const FieldTest& test = predicate.test;
    return out + "(" + test.field + (test.field_pattern ? "|pattern" : "") + " op " +
           std::to_string(static_cast<int>(test.op)) + " '" + test.text + "' " + std::to_string(test.number) +
           (test.case_sensitive ? " case" : "") + (test.part == model::TimePart::none ? "" : " part") + ")";
  }
  for (const Predicate& child : predicate.children) out += " [" + describe(child) + "]";
  return out;
}

}  // namespace vedette::store::test
