<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Gives a site that is there already the settings of notices to people.
 *
 * @internal
 */
final class NoticeUpdate {

  /**
   * What the first notices had: nobody is told until it is set up.
   */
  public const array FIRST = ['to' => 'nobody', 'addresses' => [], 'requester' => FALSE, 'base_url' => ''];

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Adds what is not there: what people are told of, and how long it is kept.
   */
  public function defaults(): void {
    $config = $this->configFactory->getEditable('background_agents.settings');
    if ($config->get('notice.defaults') === NULL) {
      $config->set('notice.defaults', [
        'draft' => 'digest',
        'review' => 'never',
        'back' => 'now',
        'failed' => 'digest',
        // Who asked for a run was told of its questions, or not.
        'question' => $config->get('notice.requester') === FALSE ? 'never' : 'now',
        'failing' => 'now',
        'budget' => 'now',
      ])->clear('notice.requester')->set('notice.gather_minutes', 5)->set('notice.failing_after', 3);
    }
    if ($config->get('retention.notice_days') === NULL) {
      $config->set('retention.notice_days', 90);
    }
    $config->save();
  }

}
