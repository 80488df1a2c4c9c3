<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

/**
 * How two values of a field differ, as one sentence can tell it.
 *
 * @internal
 */
enum DifferenceKind: string {

  // There was nothing, and now there is something.
  case FillsIn = 'fills_in';
  // There was something, and now there is nothing.
  case Empties = 'empties';
  // A text has a summary now, and had none.
  case AddsSummary = 'adds_summary';
  // Words of a text.
  case Words = 'words';
  // The words of a text are the same.
  case Layout = 'layout';
  // Items came.
  case Adds = 'adds';
  // Items went.
  case Removes = 'removes';
  // One item came, one went.
  case Replaces = 'replaces';
  // The items are the same.
  case Order = 'order';
  // More than one of these.
  case Changes = 'changes';
  // Another language of content that was there.
  case NewTranslation = 'new_translation';

}
