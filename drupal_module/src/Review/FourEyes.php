<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunStore;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Who may not accept a draft, since they asked for it themselves.
 *
 * Only where the agent wants a second person, and only who asked: by hand, by
 * Drush, ECA or a program, for the run, for one above it, or for it to be done
 * again. What starts by a change of content or the clock was asked by nobody.
 * No permission lifts it: an administrator who asked is one person, too.
 *
 * @internal
 */
final class FourEyes {

  use StringTranslationTrait;

  /**
   * What starts runs although nobody asks for just these.
   */
  private const array ASKED_BY_NOBODY = ['content', 'cron', 'schedule'];

  /**
   * Runs above a run that are looked at; agents start each other less deeply.
   */
  private const int ABOVE = 20;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunStore $runs,
    private readonly CommandQueue $commands,
  ) {}

  /**
   * Whether any agent wants a second person: else nobody has to look further.
   */
  public function isUsed(): bool {
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple() as $agent) {
      if ($agent instanceof Agent && $agent->needsFourEyes()) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * Whether somebody else has to accept the draft.
   */
  public function keepsFrom(Change $change, AccountInterface $account): bool {
    $run = $account->isAuthenticated() ? $change->getRun() : NULL;
    return $run?->getAgent()?->needsFourEyes() === TRUE && in_array((int) $account->id(), $this->askers($run), TRUE);
  }

  /**
   * What such a person is told: why, who may, and what they still may.
   */
  public function sentence(Change $change): TranslatableMarkup {
    return $this->t('You asked for this run of @agent, so somebody else has to accept its draft of "@label": anybody who may review drafts of agents and publish this content. You may edit the draft without publishing it, send it back, or refuse it.', [
      '@agent' => $change->getRun()?->getAgentLabel() ?? $change->getAgentId(),
      '@label' => $change->getTargetLabel(),
    ]);
  }

  /**
   * Who asked for a run, for those above it, or for them to be done again.
   *
   * @return int[]
   *   Ids of accounts.
   */
  private function askers(Run $run): array {
    $askers = [];
    for ($above = 0; $run !== NULL && $above <= self::ABOVE; $above++) {
      if (!in_array($run->getTriggerType(), self::ASKED_BY_NOBODY, TRUE) && $run->getRequesterId() !== NULL) {
        $askers[] = $run->getRequesterId();
      }
      array_push($askers, ...$this->commands->retriedBy((int) $run->id()));
      $run = $run->getParentUuid() === NULL ? NULL : $this->runs->byUuid($run->getParentUuid());
    }
    return $askers;
  }

}
