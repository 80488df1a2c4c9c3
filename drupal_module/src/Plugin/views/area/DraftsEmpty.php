<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\area;

use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Url;
use Drupal\views\Attribute\ViewsArea;
use Drupal\views\Plugin\views\area\AreaPluginBase;

/**
 * Says what will appear in an empty list of drafts, and how to begin.
 *
 * @internal
 */
#[ViewsArea('background_agents_drafts_empty')]
final class DraftsEmpty extends AreaPluginBase {

  /**
   * {@inheritdoc}
   */
  public function render($empty = FALSE): array {
    if ($empty && empty($this->options['empty'])) {
      return [];
    }
    if (array_filter($this->view->getExposedInput(), static fn (mixed $value): bool => is_string($value) && $value !== '') !== []) {
      return [
        '#markup' => '<p>' . $this->t('No draft fits these filters. <a href=":url">Show what waits for you</a>.', [':url' => $this->view->getUrl()->toString()]) . '</p>',
      ];
    }
    return [
      'what' => [
        '#markup' => '<p>' . $this->t('Nothing waits for you. Agents publish nothing: what they write appears here as drafts, the oldest first, when it is content that you may edit. You see what each one changes, and accept, correct or refuse it.') . '</p>',
      ],
      'how' => ['#markup' => '<p>' . $this->how($this->view->getUser()) . '</p>'],
      '#cache' => ['contexts' => ['user.permissions']],
    ];
  }

  /**
   * How to begin: what this person can do about it.
   */
  private function how(AccountInterface $account): \Stringable {
    $list = Url::fromRoute('background_agents.run_list');
    return match (TRUE) {
      $list->access($account) => $this->t('To begin, <a href=":url">run an agent</a>.', [':url' => $list->toString()]),
      $account->hasPermission('administer background agents') => $this->t('To begin, <a href=":url">add an agent</a>, and a trigger that starts it.', [':url' => Url::fromRoute('entity.background_agents_agent.collection')->toString()]),
      default => $this->t('Agents are started by changes of content, by the clock, or by those who may run them.'),
    };
  }

}
