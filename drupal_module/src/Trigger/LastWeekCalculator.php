<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Schedule\ScheduleSettings;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\user\EntityOwnerInterface;

/**
 * Calculates what a trigger would have started in the last seven days.
 *
 * @internal
 */
final class LastWeekCalculator {

  /**
   * Saves that are looked at one by one, the newest: one page.
   */
  public const int PAGE = 50;

  /**
   * Of what would have started so many are shown.
   */
  private const int SHOWN = 10;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly WeekHistory $history,
    private readonly ChangedFields $changed,
    private readonly TriggerConditions $conditions,
    private readonly AccountMarks $marks,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Calculates it.
   *
   * @param \Drupal\background_agents\Entity\Trigger $trigger
   *   A trigger, which need not be saved.
   */
  public function of(Trigger $trigger): LastWeek {
    return match ($trigger->getType()) {
      'schedule' => $this->schedule($trigger),
      'cron' => new LastWeek(intdiv(LastWeek::DAYS * 86400, max(1, (int) $trigger->getSettings()['interval'])), TRUE),
      default => $this->content($trigger),
    };
  }

  private function schedule(Trigger $trigger): LastWeek {
    $now = $this->time->getRequestTime();
    try {
      $due = (new ScheduleSettings($trigger->getSettings()))->schedule()->due($now - LastWeek::DAYS * 86400, $now, PHP_INT_MAX);
    }
    catch (\InvalidArgumentException) {
      return new LastWeek(NULL);
    }
    return new LastWeek(count($due), times: array_slice($due, 0, self::SHOWN));
  }

  private function content(Trigger $trigger): LastWeek {
    $agent = Agent::load($trigger->getAgentId());
    $saves = $this->history->saves($trigger, $agent === NULL ? 0 : (int) $this->marks->account($agent)?->id());
    if ($saves === NULL) {
      return new LastWeek(NULL);
    }
    $settings = $trigger->getSettings();
    $isMore = count($saves) >= WeekHistory::SAVES;
    $looked = NULL;
    if ($settings['fields'] !== [] || $settings['conditions'] !== [] || $settings['revisions'] === 'state_change') {
      $isMore = count($saves) > self::PAGE;
      $saves = array_slice($saves, 0, self::PAGE);
      $looked = count($saves);
      $saves = $this->starting($settings, $saves);
    }
    $starts = self::folded($saves, $trigger->getDebounce());
    return new LastWeek(count($starts), $isMore, $looked, array_slice($starts, 0, self::SHOWN));
  }

  /**
   * Saves that make one run together are one: the last of them.
   *
   * @param \Drupal\background_agents\Trigger\WeekSave[] $saves
   *   The newest first.
   * @param int $debounce
   *   Seconds to wait for further ones.
   *
   * @return list<\Drupal\background_agents\Trigger\WeekSave>
   *   The newest first.
   */
  private static function folded(array $saves, int $debounce): array {
    $starts = $next = [];
    foreach ($saves as $save) {
      $item = "$save->item:$save->langcode";
      if (!isset($next[$item]) || $debounce === 0 || $next[$item] - $save->time > $debounce) {
        $starts[] = $save;
      }
      $next[$item] = $save->time;
    }
    return $starts;
  }

  /**
   * Those that change the fields and meet the conditions.
   *
   * @param array<string, mixed> $settings
   *   The settings of the trigger.
   * @param \Drupal\background_agents\Trigger\WeekSave[] $saves
   *   One page.
   *
   * @return list<\Drupal\background_agents\Trigger\WeekSave>
   *   What is left of it.
   */
  private function starting(array $settings, array $saves): array {
    $storage = $this->entityTypeManager->getStorage($settings['entity_type']);
    assert($storage instanceof RevisionableStorageInterface);
    $ids = array_map(static fn (WeekSave $save): array => [$save->revision, $save->previous, $save->live], $saves);
    $revisions = $storage->loadMultipleRevisions(array_unique(array_filter(array_merge(...$ids))));
    $owners = array_map(static fn ($revision): int => $revision instanceof EntityOwnerInterface ? (int) $revision->getOwnerId() : 0, $revisions);
    $this->entityTypeManager->getStorage('user')->loadMultiple(array_unique(array_filter($owners)));
    $states = $this->history->states($settings['entity_type'], $saves);
    $roles = $this->history->roles($saves);
    return array_values(array_filter($saves, function (WeekSave $save) use ($settings, $revisions, $states, $roles): bool {
      $content = $this->translation($revisions[$save->revision] ?? NULL, $save->langcode);
      if ($content === NULL) {
        return FALSE;
      }
      $before = $this->translation($revisions[$save->previous] ?? NULL, $save->langcode);
      $stateOf = static fn (?ContentEntityInterface $revision): ?string => $revision === NULL ? NULL : $states[$revision->getRevisionId() . ':' . $save->langcode] ?? SavedContent::statusOf($revision);
      $saved = new SavedContent($content, $stateOf($before), (string) $stateOf($content), $roles[$save->saver] ?? []);
      return ($settings['revisions'] !== 'state_change' || $saved->formerState !== $saved->state)
        && $this->changes($settings, $content, $before, $this->translation($revisions[$save->live] ?? NULL, $save->langcode))
        && $this->conditions->happened($settings['conditions'], $saved)
        && $this->conditions->hold($settings['conditions'], $content);
    }));
  }

  private function changes(array $settings, ContentEntityInterface $content, ?ContentEntityInterface $before, ?ContentEntityInterface $live): bool {
    if ($settings['fields'] === []) {
      return TRUE;
    }
    $live = $live !== NULL && SavedContent::statusOf($live) === SavedContent::PUBLISHED ? $live : NULL;
    return $this->changed->between($content, $settings['revisions'] === 'published' ? $live : $before, $settings['fields']) !== [];
  }

  private function translation(mixed $revision, string $langcode): ?ContentEntityInterface {
    return $revision instanceof ContentEntityInterface && $revision->hasTranslation($langcode) ? $revision->getTranslation($langcode) : NULL;
  }

}
