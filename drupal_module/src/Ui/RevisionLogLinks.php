<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Draft\ItemChanges;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\RevisionLogText;
use Drupal\Component\Render\MarkupInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Render\Markup;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Puts links to run and review beside the log messages of agents' revisions.
 *
 * The message names the run; what it links to depends on who looks, so it is
 * no part of the message.
 *
 * @internal
 */
final class RevisionLogLinks {

  use StringTranslationTrait;

  private const string RUN = '/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ItemChanges $changes,
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * Adds the links to a page of revisions.
   *
   * @param array<int|string, mixed> $build
   *   The page, as core or the module Diff builds it.
   * @param \Drupal\Core\Entity\ContentEntityInterface $item
   *   The item, in the language that is shown.
   */
  public function addTo(array &$build, ContentEntityInterface $item): void {
    $messages = [];
    self::collect($build, $messages);
    $uuids = array_merge(...array_map(self::uuids(...), $messages));
    if ($uuids === []) {
      return;
    }
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $runs = [];
    $ids = $storage->getQuery()->accessCheck(FALSE)->condition('uuid', array_unique($uuids), 'IN')->execute();
    foreach ($storage->loadMultiple($ids) as $run) {
      $runs[$run->uuid()] = $run;
    }
    $changes = $this->changes->ofRuns($item, array_map(intval(...), array_values($ids)));
    foreach ($messages as &$message) {
      $run = $runs[self::uuids($message)[0] ?? ''] ?? NULL;
      if ($run instanceof Run) {
        $change = self::change($changes, $run, (string) $message['#markup']);
        $message = ['log' => $message, 'agents' => $this->links($run, $change)];
      }
    }
  }

  /**
   * Finds the log messages of a page.
   *
   * @param array<int|string, mixed> $build
   *   A part of the page.
   * @param array<int, array<string, mixed>> $messages
   *   What was found, by reference into the page.
   */
  private static function collect(array &$build, array &$messages): void {
    foreach ($build as $key => &$part) {
      if (!is_array($part)) {
        continue;
      }
      if ($key === '#context' && isset($part['message']['#markup'])) {
        $messages[] = &$part['message'];
        continue;
      }
      self::collect($part, $messages);
    }
  }

  /**
   * Ids of runs that a message names.
   *
   * @return string[]
   *   The first is the one that saved the revision.
   */
  private static function uuids(array $message): array {
    preg_match_all(self::RUN, (string) $message['#markup'], $found);
    return $found[0];
  }

  /**
   * The draft that a message is about: the run may have left several.
   *
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   Those of the item.
   */
  private static function change(array $changes, Run $run, string $message): ?Change {
    $own = array_filter($changes, static fn (Change $change): bool => $change->getRunId() === (int) $run->id());
    $said = array_filter($own, static fn (Change $change): bool => str_contains($message, RevisionLogText::escape($change->getSummary())));
    return array_values(count($own) > 1 ? $said : $own)[0] ?? NULL;
  }

  /**
   * What became of the draft, and where to look: inline, it is in a paragraph.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  private function links(Run $run, ?Change $change): array {
    $parts = [];
    if ($change !== NULL && !$change->isPending() && $change->access('view')) {
      $parts[] = $this->decided($change);
    }
    if ($change?->access('review')) {
      $look = $change->isPending() ? $this->t('Review the draft') : $this->t('See what was decided');
      $parts[] = $change->toLink($look)->toString();
    }
    if ($run->access('view')) {
      $parts[] = $run->toLink($this->t('See the run'))->toString();
    }
    return ['#markup' => Markup::create(implode('', array_map(static fn (mixed $part): string => "<br>$part", $parts)))];
  }

  private function decided(Change $change): MarkupInterface {
    $arguments = [
      '@status' => Change::statusLabels()[$change->getStatus()] ?? $change->getStatus(),
      '@who' => $change->getDecidedBy()?->getDisplayName(),
      '@when' => $this->dates->format((int) $change->getDecidedTime(), 'short'),
    ];
    return $arguments['@who'] === NULL
      ? $this->t('@status on @when', array_filter($arguments))
      : $this->t('@status by @who on @when', $arguments);
  }

}
