<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * What a webhook is told.
 *
 * @internal
 */
enum WebhookEvent: string {

  case DraftReady = 'draft.ready';
  case RunFinished = 'run.finished';
  case RunFailed = 'run.failed';
  case RunQuestion = 'run.question';
  // Only when a person asks for it: once, and not again when it fails.
  case Test = 'test';

  /**
   * What one can choose.
   *
   * @return self[]
   */
  public static function choices(): array {
    return [self::DraftReady, self::RunFinished, self::RunFailed, self::RunQuestion];
  }

}
