<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Run\RunState;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Says how many runs wait for an answer, to those who may give it.
 *
 * @internal
 */
final class WaitingNotice {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The notice; nothing when no run waits for this account.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(AccountInterface $account): array {
    $build = ['#cache' => ['max-age' => 0]];
    $count = $this->count($account);
    if ($count > 0) {
      $build += [
        '#theme' => 'status_messages',
        '#message_list' => ['warning' => [$this->sentence($count)]],
        '#status_headings' => ['warning' => $this->t('Warning message')],
      ];
    }
    return $build;
  }

  /**
   * How many there are, with a link to them.
   */
  public function sentence(int $count): TranslatableMarkup {
    return $this->formatPlural($count, 'One run waits for an answer. <a href=":url">Show it</a>.', '@count runs wait for an answer. <a href=":url">Show them</a>.', [
      ':url' => Url::fromRoute('entity.background_agents_run.collection', [], ['query' => ['state' => RunState::Waiting->value]])->toString(),
    ]);
  }

  /**
   * How many runs wait for an answer that this account may give.
   *
   * @param \Drupal\Core\Session\AccountInterface|null $account
   *   NULL: of anybody.
   */
  public function count(?AccountInterface $account = NULL): int {
    $query = $this->entityTypeManager->getStorage('background_agents_run')->getQuery()
      ->accessCheck(FALSE)
      ->condition('state', RunState::Waiting->value)
      ->condition('waiting_for', 'approval');
    if ($account !== NULL && !$account->hasPermission('manage any background agent run') && !$account->hasPermission('administer background agents')) {
      if ($account->isAnonymous() || !$account->hasPermission('manage own background agent runs')) {
        return 0;
      }
      $query->condition('uid', $account->id());
    }
    return (int) $query->count()->execute();
  }

}
