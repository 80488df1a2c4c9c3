<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Draft\ItemChanges;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\ItemRuns;
use Drupal\background_agents\Timeline\Value;
use Drupal\Component\Render\MarkupInterface;
use Drupal\Component\Utility\Html;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Render\Markup;
use Drupal\Core\Security\TrustedCallbackInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What content itself says of agents: whose draft it is, who is at work on it.
 *
 * Links are those that the person may follow.
 *
 * @internal
 */
final class ContentNotes implements TrustedCallbackInterface {

  use StringTranslationTrait;

  public function __construct(
    private readonly ChangeLog $changes,
    private readonly ItemChanges $drafts,
    private readonly ItemRuns $runs,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function trustedCallbacks(): array {
    return ['onPage'];
  }

  /**
   * Says on the page of a revision whose draft it is.
   *
   * @param string $type
   *   Entity type.
   * @param int $revision
   *   The revision that is shown.
   * @param string $langcode
   *   The language that is shown.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function onPage(string $type, int $revision, string $langcode): array {
    $build = ['#cache' => ['max-age' => 0]];
    $storage = $this->entityTypeManager->getStorage($type);
    $entity = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($revision) : NULL;
    if (!$entity instanceof ContentEntityInterface || !$entity->hasTranslation($langcode)) {
      return $build;
    }
    $change = $this->changeOf($entity->getTranslation($langcode));
    if ($change === NULL || !$change->access('view')) {
      return $build;
    }
    return $build + self::message('status', $this->t('Status message'), $this->draft($change));
  }

  /**
   * Says whose draft it is and why, with links to the review and the run.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\Component\Render\MarkupInterface|null $sentence
   *   How to begin; NULL: what became of it.
   * @param string|null $elsewhere
   *   Where those look who may not review; NULL: they are there.
   */
  public function draft(Change $change, ?MarkupInterface $sentence = NULL, ?string $elsewhere = NULL): MarkupInterface {
    $run = $change->getRun();
    $parts = [
      $sentence ?? $this->state($change),
      Markup::create(Html::escape(Value::text($change->getSummary())['text'])),
    ];
    if ($change->access('review')) {
      $parts[] = $this->t('<a href=":url">@look</a>.', [
        ':url' => $change->toUrl()->toString(),
        '@look' => $change->isPending() ? $this->t('Review the draft') : $this->t('See what was decided'),
      ]);
    }
    elseif ($elsewhere !== NULL && $elsewhere !== '') {
      $parts[] = $this->t('<a href=":url">See the draft</a>.', [':url' => $elsewhere]);
    }
    if ($run?->access('view')) {
      $parts[] = $this->t('<a href=":url">See the run</a>.', [':url' => $run->toUrl()->toString()]);
    }
    return self::join($parts);
  }

  /**
   * Says that agents are at work on a translation; NULL: none is.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $translation
   *   The translation.
   * @param bool $isSaved
   *   Whether the person has just saved it.
   */
  public function atWork(ContentEntityInterface $translation, bool $isSaved = FALSE): ?MarkupInterface {
    $runs = $this->runs->atWork($translation);
    if ($runs === []) {
      return NULL;
    }
    $names = array_unique(array_map(static fn (Run $run): string => $run->getAgentLabel(), $runs));
    $arguments = ['@agents' => implode(', ', $names)];
    $parts = [
      $isSaved
        ? $this->formatPlural(count($names), 'The agent @agents is working on this content. Your version stays: the agent has to read it before it can leave a draft.', 'The agents @agents are working on this content. Your version stays: they have to read it before they can leave a draft.', $arguments)
        : $this->formatPlural(count($names), 'The agent @agents is working on this content. You can save at any time: nothing of yours is overwritten, and what the agent leaves after that is a draft made from your version.', 'The agents @agents are working on this content. You can save at any time: nothing of yours is overwritten, and what they leave after that are drafts made from your version.', $arguments),
    ];
    foreach ($runs as $run) {
      if ($run->access('view')) {
        $parts[] = $this->t('<a href=":url">See the run of @agent</a>.', [
          ':url' => $run->toUrl()->toString(),
          '@agent' => $run->getAgentLabel(),
        ]);
      }
    }
    return self::join($parts);
  }

  /**
   * A message in the place where it is built.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public static function message(string $type, MarkupInterface $heading, MarkupInterface $text): array {
    return [
      '#theme' => 'status_messages',
      '#message_list' => [$type => [$text]],
      '#status_headings' => [$type => $heading],
    ];
  }

  /**
   * What the revision is: a draft that waits, or one that was decided about.
   */
  private function state(Change $change): MarkupInterface {
    $arguments = [
      '@agent' => self::agent($change),
      '@who' => $change->getDecidedBy()?->getDisplayName() ?? $this->t('the site'),
    ];
    return match ($change->getStatus()) {
      Change::PENDING => $this->t('This is a draft that the agent @agent left.', $arguments),
      Change::ACCEPTED => $this->t('This is a draft that the agent @agent left. It was accepted by @who.', $arguments),
      Change::REJECTED => $this->t('This is a draft that the agent @agent left. It was refused by @who.', $arguments),
      default => $this->t('This is a draft that the agent @agent left. Another version took its place.', $arguments),
    };
  }

  /**
   * The label that the agent had, or its id when the run is gone.
   */
  public static function agent(Change $change): string {
    return $change->getRun()?->getAgentLabel() ?? $change->getAgentId();
  }

  /**
   * The draft that a revision is, or was made on top of while it waits.
   */
  private function changeOf(ContentEntityInterface $translation): ?Change {
    $revision = (int) $translation->getRevisionId();
    $exact = $this->drafts->ofRevision($translation, $revision);
    if ($exact !== NULL) {
      return $exact;
    }
    $pending = $this->changes->pending($translation, $translation->language()->getId())[0] ?? NULL;
    return $pending !== NULL && $pending->getTargetRevisionId() < $revision ? $pending : NULL;
  }

  /**
   * Sentences one after the other; each is markup already.
   *
   * @param \Drupal\Component\Render\MarkupInterface[] $parts
   *   The sentences.
   */
  private static function join(array $parts): MarkupInterface {
    return Markup::create(implode(' ', array_filter(array_map(strval(...), $parts))));
  }

}
