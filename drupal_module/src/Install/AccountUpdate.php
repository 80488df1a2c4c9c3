<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Contract\Json;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Database\Connection;
use Drupal\user\UserDataInterface;

/**
 * Moves sites on which the agents named their accounts in configuration.
 *
 * Works on raw configuration and tables, as updates have to. Safe to repeat.
 *
 * @internal
 */
final class AccountUpdate {

  private const int ROWS = 200;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly Connection $database,
    private readonly UserDataInterface $userData,
  ) {}

  /**
   * Moves agents, and jobs that wait.
   */
  public function run(): void {
    $this->agents();
    $this->jobs();
  }

  /**
   * The agents get the role of their account, and the account gets their mark.
   */
  public function agents(): void {
    foreach ($this->configFactory->listAll('background_agents.agent.') as $name) {
      $agent = $this->configFactory->getEditable($name);
      if (!array_key_exists('account', $agent->getRawData())) {
        continue;
      }
      $uid = (int) $this->database->select('users', 'u')->fields('u', ['uid'])->condition('uuid', (string) $agent->get('account'))->execute()->fetchField();
      $role = $uid === 0 ? NULL : $this->agentRole($uid);
      if ($uid > 0) {
        $this->userData->set('background_agents', $uid, 'agent.' . $agent->get('id'), (string) $role);
      }
      $agent->set('role', $role)->clear('account')->save(TRUE);
    }
  }

  /**
   * The jobs that wait name the account themselves.
   */
  public function jobs(): void {
    $last = 0;
    do {
      $rows = $this->database->select('background_agents_outbox', 'o')->fields('o', ['id', 'job'])
        ->condition('id', $last, '>')->orderBy('id')->range(0, self::ROWS)->execute()->fetchAllKeyed();
      foreach ($rows as $id => $text) {
        $last = $id;
        $job = json_decode($text);
        if (isset($job->agent->binding->account) && !isset($job->account)) {
          $job->account = $job->agent->binding->account;
          unset($job->agent->binding->account);
          $encoded = Json::encode($job);
          $this->database->update('background_agents_outbox')->fields(['job' => $encoded])->condition('id', $id)->execute();
        }
      }
    } while ($rows !== []);
  }

  /**
   * The first of the account's roles that is marked as agent role.
   */
  private function agentRole(int $uid): ?string {
    $ids = $this->database->select('user__roles', 'r')->fields('r', ['roles_target_id'])->condition('entity_id', $uid)->orderBy('delta')->execute()->fetchCol();
    foreach ($ids as $id) {
      if ($this->configFactory->get("user.role.$id")->get('third_party_settings.background_agents.' . AgentAccounts::SETTING)) {
        return $id;
      }
    }
    return NULL;
  }

}
