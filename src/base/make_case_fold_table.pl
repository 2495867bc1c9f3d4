#!/usr/bin/perl
# Prints case_fold_table.inc: the simple case foldings (statuses C and S) of Perl's Unicode data as rows of
# {first, last, stride, offset}: every stride-th code point of first..last folds to itself plus offset.
# Usage: make_case_fold_table.pl > case_fold_table.inc
use strict;
use warnings;
use Unicode::UCD qw(casefold);

my @rows;
for my $code (0 .. 0x1FFFF) {
  my $fold = casefold($code) or next;
  next unless $fold->{status} =~ /^[CS]$/ || $fold->{simple} ne "";
  my $offset = hex($fold->{simple}) - $code;
  my $row = $rows[-1];
  if ($row && $row->{offset} == $offset) {
    my $step = $code - $row->{last};
    if ($step <= 2 && ($row->{stride} == 0 || $row->{stride} == $step)) {
      $row->{stride} = $step;
      $row->{last} = $code;
      next;
    }
  }
  push @rows, {first => $code, last => $code, stride => 0, offset => $offset};
}

print "// Made by make_case_fold_table.pl from Unicode ", Unicode::UCD::UnicodeVersion(), "; do not edit.\n";
printf "{0x%04X, 0x%04X, %d, %d},\n", $_->{first}, $_->{last}, $_->{stride} || 1, $_->{offset} for @rows;
