<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Review\BulkDecision;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Render\Markup;
use Drupal\Core\StringTranslation\PluralTranslatableMarkup;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Decides about the drafts of a selection, one each time.
 *
 * @internal
 */
final class DecideDraftsBatch {

  /**
   * Batch operation: decides about one draft.
   *
   * @param int $id
   *   Id of the change.
   * @param string $decision
   *   One of the constants of BulkDecision.
   * @param string $seen
   *   What was there when the person decided.
   * @param string|null $state
   *   The moderation state that accepting brings it to.
   * @param string $reason
   *   Why it is refused.
   * @param array<string, mixed>|\ArrayAccess<string, mixed> $context
   *   Of the batch.
   */
  public static function decide(int $id, string $decision, string $seen, ?string $state, string $reason, array|\ArrayAccess &$context): void {
    $parsed = Seen::of($seen);
    $problem = $parsed === NULL ? NULL : \Drupal::service(BulkDecision::class)->decide($id, $decision, $parsed, $state, $reason);
    $context['results']['decision'] = $decision;
    if ($problem === NULL) {
      $context['results']['done'] = ($context['results']['done'] ?? 0) + 1;
    }
    else {
      $context['results']['problems'][] = (string) $problem;
    }
  }

  /**
   * Batch callback: says what was done, and what was not.
   *
   * @param bool $success
   *   Whether it came to its end.
   * @param array<string, mixed> $results
   *   The decision, how many were done, and the problems.
   * @param array<int, mixed> $operations
   *   What was not done any more.
   */
  public static function finished(bool $success, array $results, array $operations): void {
    $messenger = \Drupal::messenger();
    $done = (int) ($results['done'] ?? 0);
    if ($done > 0) {
      $messenger->addStatus(($results['decision'] ?? '') === BulkDecision::REFUSE
        ? new PluralTranslatableMarkup($done, 'You have refused 1 draft.', 'You have refused @count drafts.')
        : new PluralTranslatableMarkup($done, 'You have accepted 1 draft.', 'You have accepted @count drafts.'));
    }
    foreach ($results['problems'] ?? [] as $problem) {
      $messenger->addWarning(Markup::create($problem));
    }
    if (!$success) {
      $messenger->addError(new TranslatableMarkup('It broke off before its end. What was decided is decided; @count drafts were not reached, and wait in the list.', ['@count' => count($operations)]));
    }
  }

}
